// Package overlay cures Go's runtime for the hosts before Envoy 1.39, at build time and without keeping Go's source here.
//
// On Envoy 1.33 to 1.38 poll_oneoff answers ENOSYS and the runtime throws, which kills the VM: every later request of
// that worker is a 503. A Proxy-Wasm module has nothing to poll: its descriptors are the log and it must not sleep. So
// the two places of the runtime that poll are made to return at once, and poll_oneoff is then not imported at all.
// (Calling it and ignoring the error is not enough: inside the host's allocation callback the call itself traps.)
//
// The edits are made on copies of the toolchain's own files and handed to `go build -overlay`. This can go when the
// runtime copes by itself: golang/go#78513.
package overlay

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrFragment is wrapped when a file of the toolchain does not hold the fragment that an edit replaces.
var ErrFragment = errors.New("the toolchain's source has changed")

// Edit replaces one fragment of a file of the toolchain, which must stand there exactly once.
type Edit struct {
	Name string // what is cured, for messages
	File string // below GOROOT/src
	Old  string
	New  string
}

// Edits lists what the module's build changes.
func Edits() []Edit {
	return []Edit{
		{
			Name: "netpoll returns no events",
			File: "runtime/netpoll_wasip1.go",
			Old:  "func netpoll(delay int64) (gList, int32) {\n\tlock(&mtx)\n",
			New:  "func netpoll(delay int64) (gList, int32) {\n\treturn gList{}, 0\n\n\tlock(&mtx)\n",
		},
		{
			Name: "usleep does nothing",
			File: "runtime/os_wasip1.go",
			Old:  "func usleep(usec uint32) {\n\tvar in subscription\n",
			New:  "func usleep(usec uint32) {\n\treturn\n\n\tvar in subscription\n",
		},
	}
}

// Write puts the edited copies of the files below goroot and the overlay that names them into dir, and returns the
// overlay's path. Files that already hold the right content are left alone, so that no build is redone without need.
func Write(goroot, dir string, edits []Edit) (string, error) {
	replace := map[string]string{}
	for _, edit := range edits {
		original := filepath.Join(goroot, "src", filepath.FromSlash(edit.File))
		if _, twice := replace[original]; twice {
			return "", fmt.Errorf("%s has two edits: make them one", edit.File)
		}
		copied := filepath.Join(dir, filepath.Base(original))
		if err := edit.apply(original, copied); err != nil {
			return "", err
		}
		replace[original] = copied
	}
	overlay, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, writeIfChanged(path, append(overlay, '\n'))
}

func (e Edit) apply(original, copied string) error {
	source, err := os.ReadFile(original)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	if n := strings.Count(string(source), e.Old); n != 1 {
		return fmt.Errorf("%s: %w: %s holds the fragment %q %d times, not once; read its new code and mend build/overlay",
			e.Name, ErrFragment, original, e.Old, n)
	}
	return writeIfChanged(copied, []byte(strings.Replace(string(source), e.Old, e.New, 1)))
}

// writeIfChanged replaces the file in one step: another build may be reading it.
func writeIfChanged(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".overlay-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
