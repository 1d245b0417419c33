// Package packaged finds the programs that tests start and that Debian packages: redis-server and webdis, for shared
// limits, and chromium; and installs them where there are none.
//
// The order is: the variable of its name ($REDIS_SERVER, $WEBDIS, $CHROMIUM), PATH, a copy cached below the repository,
// and Debian's packages, downloaded with apt-get and unpacked into that cache, which needs no root. A program that cannot
// be had is an error that says what to do: a test that needs one must fail with it, not skip.
package packaged

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"sallyport.dev/sallyport/build/wheel"
)

// program is what Debian packages under its own name.
type program struct {
	name     string
	variable string
	folder   string // below .cache
	binary   string // in the package
	// file matches the package's file name. Debian's mirrors keep one version for each release, and a security update
	// replaces it, so no whole version can be pinned: the major version is. apt checks the package itself: by the
	// SHA-256 in its list, and the list by the signature of the release.
	file *regexp.Regexp
	// version matches what it prints for --version. Nil: it cannot say its version without serving, as webdis.
	version *regexp.Regexp
}

var programs = []program{
	{
		name: "redis-server", variable: "REDIS_SERVER", folder: "stores", binary: "usr/bin/redis-server",
		file:    regexp.MustCompile(`^redis-server_5%3a[78]\.`),
		version: regexp.MustCompile(`^Redis server v=[78]\.`),
	},
	{name: "webdis", variable: "WEBDIS", folder: "stores", binary: "usr/bin/webdis", file: regexp.MustCompile(`^webdis_0\.1\.`)},
	{
		// Debian's security updates follow Chromium's versions every few weeks, so only its age is bounded.
		name: "chromium", variable: "CHROMIUM", folder: "browser", binary: "usr/lib/chromium/chromium",
		file:    regexp.MustCompile(`^chromium_1[3-9]\d\.`),
		version: regexp.MustCompile(`^Chromium 1[3-9]\d\.`),
	},
}

// Names returns the names of the programs of a folder: stores, browser.
func Names(folder string) []string {
	var names []string
	for _, p := range programs {
		if p.folder == folder {
			names = append(names, p.name)
		}
	}
	return names
}

// Path returns the path of a program. root is the repository's folder, in which .cache holds what was installed.
func Path(root, name string) (string, error) {
	var names []string
	for _, p := range programs {
		if p.name == name {
			return p.path(filepath.Join(root, ".cache", p.folder))
		}
		names = append(names, p.name)
	}
	return "", fmt.Errorf("there is no %q; there are %s", name, strings.Join(names, ", "))
}

func (p program) path(cache string) (string, error) {
	if given := os.Getenv(p.variable); given != "" {
		if err := p.check(given); err != nil {
			return "", fmt.Errorf("the variable %s names %q, which does not do: %w", p.variable, given, err)
		}
		return filepath.Abs(given)
	}
	if path, err := exec.LookPath(p.name); err == nil && p.check(path) == nil {
		return filepath.Abs(path)
	}
	return p.cached(cache)
}

// check tells whether the file is the program, in a version that the tests are made for.
func (p program) check(path string) error {
	if p.version == nil {
		_, err := exec.LookPath(path)
		return err
	}
	output, err := exec.Command(path, "--version").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s --version: %w\n%s", path, err, output)
	}
	if !p.version.Match(output) {
		return fmt.Errorf("%s --version printed %q, which does not match %s", path, output, p.version)
	}
	return nil
}

// cached returns the installed program, and installs it first when it is not there. One process installs at a time.
func (p program) cached(cache string) (string, error) {
	unlock, err := wheel.Lock(filepath.Join(cache, p.name+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	binary := filepath.Join(cache, p.name, p.name)
	if _, err := os.Stat(binary); errors.Is(err, os.ErrNotExist) {
		if err := p.install(cache); err != nil {
			return "", fmt.Errorf("no %s: %w", p.name, err)
		}
	}
	if err := p.check(binary); err != nil {
		return "", fmt.Errorf("%s is no %s; remove its folder to install it anew: %w", binary, p.name, err)
	}
	return binary, nil
}
