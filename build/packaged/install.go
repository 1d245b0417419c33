package packaged

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// install unpacks the program's package, and those of the libraries that this machine lacks, to cache/name/root, and
// writes cache/name/name, which starts it. The folder appears in one step, so that it is whole or absent.
func (p program) install(cache string) error {
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("it is neither in PATH nor can Debian's packages be had here: %w; "+
				"install %s (macOS: by brew), or name the binary in the variable %s", err, p.name, p.variable)
		}
	}
	work, err := os.MkdirTemp(cache, p.name+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	packages, err := p.download(work)
	if err != nil {
		return fmt.Errorf("%w\nif the package cannot be had here, name the binary in the variable %s", err, p.variable)
	}
	ready := filepath.Join(work, "ready")
	root := filepath.Join(ready, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	for _, file := range packages {
		if err := run("dpkg-deb", "-x", file, root); err != nil {
			return err
		}
	}
	if err := p.writeStarter(ready); err != nil {
		return err
	}
	return os.Rename(ready, filepath.Join(cache, p.name))
}

// download has apt-get fetch the package and all that it needs and the machine lacks. The lists and the packages go to
// folders of their own in work, so that this needs no root, changes nothing of the machine's and never meets an old list.
func (p program) download(work string) ([]string, error) {
	archives := filepath.Join(work, "archives")
	for _, dir := range []string{"lists/partial", "archives/partial"} {
		if err := os.MkdirAll(filepath.Join(work, dir), 0o755); err != nil {
			return nil, err
		}
	}
	options := []string{
		"-q", "-y", "-o", "Dir::State::lists=" + filepath.Join(work, "lists"), "-o", "Dir::Cache=" + work,
		"-o", "Dir::Cache::archives=" + archives, "-o", "Debug::NoLocking=true",
		"-o", "Acquire::Languages=none", "-o", "APT::Get::AllowUnauthenticated=false",
		"-o", "Acquire::AllowInsecureRepositories=false",
	}
	if os.Getuid() == 0 {
		options = append(options, "-o", "APT::Sandbox::User=root") // apt's own user may not enter work
	}
	// A list that cannot be had may be one of a source that is not needed: the download shows.
	listed := run("apt-get", append(options, "update")...)
	err := run("apt-get", append(options, "install", "--download-only", "--no-install-recommends", p.name)...)
	if err != nil {
		return nil, errors.Join(err, listed)
	}
	packages, err := filepath.Glob(filepath.Join(archives, "*.deb"))
	if err != nil {
		return nil, err
	}
	for _, file := range packages {
		if p.file.MatchString(filepath.Base(file)) {
			return packages, nil
		}
	}
	return nil, fmt.Errorf("none of the packages %q matches %s", packages, p.file)
}

// writeStarter writes a script that starts the unpacked program with the unpacked libraries.
func (p program) writeStarter(ready string) error {
	binary := filepath.Join("root", filepath.FromSlash(p.binary))
	if _, err := os.Stat(filepath.Join(ready, binary)); err != nil {
		return fmt.Errorf("the package holds no program: %w", err)
	}
	var libraries []string
	for _, pattern := range []string{"root/usr/lib/*-linux-gnu*/lib*.so*", "root/lib/*-linux-gnu*/lib*.so*", "root/usr/lib/*-linux-gnu*/*/lib*.so*"} {
		found, err := filepath.Glob(filepath.Join(ready, pattern))
		if err != nil {
			return err
		}
		for _, file := range found {
			if dir := "$here" + strings.TrimPrefix(filepath.Dir(file), ready); !slices.Contains(libraries, dir) {
				libraries = append(libraries, dir)
			}
		}
	}
	script := fmt.Sprintf("#!/bin/sh\nhere=$(dirname \"$0\")\nexec env LD_LIBRARY_PATH=\"%s\" \"$here/%s\" \"$@\"\n",
		strings.Join(libraries, ":"), binary)
	return os.WriteFile(filepath.Join(ready, p.name), []byte(script), 0o755)
}

func run(name string, args ...string) error {
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, bytes.TrimSpace(output.Bytes()))
	}
	return nil
}
