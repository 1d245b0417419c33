package module

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport.dev/sallyport/build/repository"
)

// TestRunIsReproducible builds one module from the repository and from a copy elsewhere, and wants the same bytes.
func TestRunIsReproducible(t *testing.T) {
	root, err := repository.Root()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if err := os.CopyFS(filepath.Join(elsewhere, "build/emptymodule"), os.DirFS(filepath.Join(root, "build/emptymodule"))); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(elsewhere, "go.mod"), "module sallyport.dev/sallyport\n\ngo 1.26.0\n")
	first, second := build(t, root), build(t, elsewhere)
	if !bytes.Equal(first, second) {
		t.Error("two builds of one module differ")
	}
	for _, path := range []string{root, elsewhere} {
		if bytes.Contains(first, []byte(path)) {
			t.Errorf("the module holds the path %s", path)
		}
	}
	if bytes.Contains(first, []byte("poll_oneoff")) {
		t.Error("the module mentions poll_oneoff: the runtime is not cured")
	}
}

func TestRunTellsTheCompilersError(t *testing.T) {
	root, err := repository.Root()
	if err != nil {
		t.Fatal(err)
	}
	err = Build{Root: root, Package: "./absent", Output: filepath.Join(t.TempDir(), "m.wasm")}.Run()
	if err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("got error %v, want one that names the package", err)
	}
}

func build(t *testing.T, root string) []byte {
	t.Helper()
	output := filepath.Join(t.TempDir(), "m.wasm")
	b := Build{Root: root, Package: "./build/emptymodule", Output: output, GODEBUG: "gcstoptheworld=1"}
	if err := b.Run(); err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
