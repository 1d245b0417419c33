// Package module builds Proxy-Wasm modules with the ordinary Go toolchain, the way every module of Sallyport is built:
// cured by build/overlay, stripped, and byte for byte the same wherever the repository lies.
package module

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sallyport.dev/sallyport/build/overlay"
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
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	edited, err := overlay.Write(strings.TrimSpace(string(goroot)), filepath.Join(b.Root, ".cache", "overlay"), overlay.Edits())
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
	return nil
}

func (b Build) ldflags() string {
	flags := "-s -w"
	if b.GODEBUG != "" {
		flags += " -X runtime.godebugDefault=" + b.GODEBUG
	}
	return flags
}
