// Package module builds Proxy-Wasm modules with the ordinary Go toolchain, the way every module of Sallyport is built:
// cured by build/overlay, stripped, trimmed by build/trim, and byte for byte the same wherever the repository lies.
package module

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sallyport.dev/sallyport/build/overlay"
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
	output, err := filepath.Abs(b.Output)
	if err != nil {
		return err
	}
	command := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags", b.ldflags(),
		"-tags", b.Tags, "-overlay", edited, "-o", output, b.Package)
	command.Dir = b.Root
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if printed, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, bytes.TrimSpace(printed))
	}
	return trimFile(output)
}

// trimFile trims a module in one step. The Go tool leaves a module alone that is up to date, trimmed or not, so that
// one may be trimmed already.
func trimFile(path string) error {
	linked, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	trimmed, err := trim.Module(linked)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if bytes.Equal(trimmed, linked) {
		return nil
	}
	if err := os.WriteFile(path+".trimmed", trimmed, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".trimmed", path)
}

func (b Build) ldflags() string {
	flags := "-s -w"
	if b.GODEBUG != "" {
		flags += " -X runtime.godebugDefault=" + b.GODEBUG
	}
	return flags
}
