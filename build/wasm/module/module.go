// Package module builds Proxy-Wasm modules with the ordinary Go toolchain, the way every module of Sallyport is built:
// cured by build/overlay, trimmed by build/trim, its functions written anew by build/recode, stripped, and byte for byte
// the same wherever the repository lies.
package module

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sallyport.dev/sallyport/build/overlay"
	"sallyport.dev/sallyport/build/recode"
	"sallyport.dev/sallyport/build/trim"
)

// A Build says what to build; the zero value of each member but Package and Output is the usual one.
type Build struct {
	Root    string // the main module's folder
	Package string // as `go build` takes it
	Output  string // the module's file
	Tags    string // build tags, comma-separated
	GODEBUG string // settings compiled into the runtime, as "gcstoptheworld=1"
}

// Run builds the module.
func (b Build) Run() error {
	printed, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	goroot := strings.TrimSpace(string(printed))
	if err := trim.Runtime(goroot); err != nil {
		return err
	}
	edited, err := overlay.Write(goroot, filepath.Join(b.Root, ".cache", "overlay"), overlay.Edits())
	if err != nil {
		return err
	}
	linked, err := b.link(edited)
	if err != nil {
		return err
	}
	module, err := finished(linked)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Package, err)
	}
	return writeIfChanged(b.Output, module)
}

// link returns the module as the linker writes it. It is kept beside the others, by its name: the Go tool does not
// link again what is up to date.
func (b Build) link(overlay string) ([]byte, error) {
	linked, err := filepath.Abs(filepath.Join(b.Root, ".cache", "linked", filepath.Base(b.Output)))
	if err != nil {
		return nil, err
	}
	command := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags", b.ldflags(),
		"-tags", b.Tags, "-overlay", overlay, "-o", linked, b.Package)
	command.Dir = b.Root
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if printed, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", command, err, bytes.TrimSpace(printed))
	}
	return os.ReadFile(linked)
}

// finished does after linking what the linker does not do.
func finished(linked []byte) ([]byte, error) {
	trimmed, err := trim.Module(linked)
	if err != nil {
		return nil, err
	}
	return recode.Module(trimmed)
}

// writeIfChanged writes a file in one step, and only when it differs.
func writeIfChanged(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// ldflags leaves out what debuggers read (-w), not the names of functions (-s): build/recode reads them, and strips them.
func (b Build) ldflags() string {
	flags := "-w"
	if b.GODEBUG != "" {
		flags += " -X runtime.godebugDefault=" + b.GODEBUG
	}
	return flags
}
