// Package harness runs the built module in a real Envoy, black box: it writes
// the bootstrap, records what arrives upstream, sends requests as they are
// written, and reads the access log, the stats and the log.
package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport.dev/sallyport/build/envoy/pinned"
	"sallyport.dev/sallyport/build/repository"
)

// The artefacts of dist/.
const (
	Shipped = "sallyport.wasm"
	Faulty  = "sallyport-faults.wasm" // with doors through which tests break it
	Empty   = "empty.wasm"            // does nothing
)

// Versions are the Envoys that tests run on, oldest first: the variable
// ENVOYS, else the oldest and the newest that are pinned.
func Versions() []string {
	if given := strings.Fields(os.Getenv("ENVOYS")); len(given) > 0 {
		return given
	}
	all := pinned.Versions()
	return []string{all[0], all[len(all)-1]}
}

// Root is the repository's folder.
func Root(t testing.TB) string {
	t.Helper()
	root, err := repository.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// Artefact returns the path of a built module; one that is missing fails.
func Artefact(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Root(t), "dist", name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: build it with make dist/%s", err, name)
	}
	return path
}

// Binary returns the path of an Envoy; one that cannot be had fails.
func Binary(t testing.TB, version string) string {
	t.Helper()
	path, err := pinned.Path(Root(t), version)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
