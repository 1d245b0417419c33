package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

func checkImports(imported, allowed []string) error {
	var problems []error
	for _, line := range imported {
		if !slices.Contains(allowed, line) {
			problems = append(problems, fmt.Errorf("imports %s: %s", line, reason(line, allowed)))
		}
	}
	return errors.Join(problems...)
}

func reason(line string, allowed []string) string {
	from, rest, _ := strings.Cut(line, " ")
	name, _, _ := strings.Cut(rest, " ")
	if name == "poll_oneoff" {
		return "it kills the VM before Envoy 1.39; the module was built without build/overlay"
	}
	for _, known := range allowed {
		if strings.HasPrefix(known, from+" "+name+" ") {
			return "the host has it as " + known
		}
	}
	return "the oldest supported Envoy does not offer it, so the module would not load; " +
		"`go list -deps ./filter` with GOOS=wasip1 GOARCH=wasm shows which new package brought it"
}

func checkExports(exported, expected []string) error {
	var problems []error
	for _, name := range exported {
		if !slices.Contains(expected, name) {
			problems = append(problems, fmt.Errorf("exports %s, which exports.txt does not list", name))
		}
	}
	for _, name := range expected {
		if !slices.Contains(exported, name) {
			problems = append(problems, fmt.Errorf("does not export %s, which exports.txt lists", name))
		}
	}
	return errors.Join(problems...)
}

// lines returns the lines of a list without its comments and empty lines.
func lines(list string) []string {
	var kept []string
	for line := range strings.Lines(list) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			kept = append(kept, line)
		}
	}
	return kept
}
