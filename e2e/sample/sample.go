// Package sample reads the bootstraps of envoy/ and fits them to where they are
// run: ports, paths and addresses, and nothing else.
package sample

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Sample is the text of a bootstrap.
type Sample struct {
	text string
	err  error
}

// Read reads a bootstrap.
func Read(path string) *Sample {
	text, err := os.ReadFile(path)
	return &Sample{string(text), err}
}

// Replace puts text in the place of a fragment, which stands there exactly once.
func (s *Sample) Replace(fragment, text string) *Sample {
	if n := strings.Count(s.text, fragment); s.err == nil && n != 1 {
		s.err = fmt.Errorf("%q stands %d times in the bootstrap, want once", fragment, n)
	}
	s.text = strings.Replace(s.text, fragment, text, 1)
	return s
}

// Port replaces one port by another.
func (s *Sample) Port(from, to int) *Sample {
	return s.Replace("port_value: "+strconv.Itoa(from), "port_value: "+strconv.Itoa(to))
}

// Write writes the bootstrap as it is now.
func (s *Sample) Write(path string) error {
	if s.err != nil {
		return s.err
	}
	return os.WriteFile(path, []byte(s.text), 0o600)
}

// Policy returns the policy that stands in the bootstrap.
func (s *Sample) Policy() (string, error) {
	if s.err != nil {
		return "", s.err
	}
	_, after, found := strings.Cut(s.text, "value: |\n")
	if !found {
		return "", fmt.Errorf("no policy in the bootstrap: want one behind %q", "value: |")
	}
	indent := after[:len(after)-len(strings.TrimLeft(after, " "))]
	var policy strings.Builder
	for line := range strings.Lines(after) {
		rest, inside := strings.CutPrefix(line, indent)
		if !inside {
			break
		}
		policy.WriteString(rest)
	}
	return policy.String(), nil
}
