package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	module := filepath.Join(t.TempDir(), "m.wasm")
	if err := os.WriteFile(module, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, output := range []*bytes.Buffer{&first, &second} {
		if err := run("1.2.3", module, output); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() {
		t.Error("one module gave two lists")
	}
	var got document
	if err := json.Unmarshal(first.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	own := got.Metadata.Component
	if own.PURL != "pkg:golang/sallyport.dev/sallyport@1.2.3" || len(own.Hashes) != 1 || own.Hashes[0].Content != sum {
		t.Errorf("got %+v", own)
	}
	wantComponents(t, got.Components)
}

// wantComponents checks what is surely linked, and that what tests and tools use is not there.
func wantComponents(t *testing.T, components []component) {
	t.Helper()
	var names []string
	for _, c := range components {
		names = append(names, c.Name)
		if c.Version == "" || c.PURL != "pkg:golang/"+c.Name+"@"+c.Version {
			t.Errorf("got %+v", c)
		}
	}
	all := strings.Join(names, " ")
	if !strings.HasPrefix(all, "std ") || !strings.Contains(all, "go-json-experiment") || strings.Contains(all, "wazero") {
		t.Errorf("got the components %s", all)
	}
}

func TestRunNeedsTheModule(t *testing.T) {
	if err := run("1.2.3", filepath.Join(t.TempDir(), "absent"), &bytes.Buffer{}); err == nil {
		t.Error("got no error")
	}
}
