package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/build/repository"
	"sallyport.dev/sallyport/build/wasm/module"
)

func TestHostList(t *testing.T) {
	for prefix, want := range map[string]int{"wasi_snapshot_preview1 ": 17, "env proxy_": 38} {
		got := 0
		for _, line := range lines(host) {
			if strings.HasPrefix(line, prefix) {
				got++
			}
		}
		if got != want {
			t.Errorf("%d functions %s, want %d", got, prefix, want)
		}
	}
	if all := lines(host); len(all) != 17+38 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
		t.Errorf("the list holds other or repeated lines: %q", all)
	}
}

func TestCheckImports(t *testing.T) {
	for _, c := range []struct {
		name, line, problem string
	}{
		{"allowed", "env proxy_log (i32 i32 i32) i32", ""},
		{"without result", "wasi_snapshot_preview1 proc_exit (i32)", ""},
		{"another type", "env proxy_log (i32 i32) i32", "the host has it as env proxy_log (i32 i32 i32) i32"},
		{"another module", "env fd_write (i32 i32 i32 i32) i32", "the oldest supported Envoy does not offer it"},
		{"the name's beginning", "env proxy_lo (i32 i32 i32) i32", "the oldest supported Envoy does not offer it"},
		{"Set B", "wasi_snapshot_preview1 fd_pread (i32 i32 i32 i64 i32) i32", "the oldest supported Envoy does not offer it"},
		{"uncured", "wasi_snapshot_preview1 poll_oneoff (i32 i32 i32 i32) i32", "it kills the VM before Envoy 1.39"},
		{"a memory", "env memory memory", "the oldest supported Envoy does not offer it"},
	} {
		t.Run(c.name, func(t *testing.T) { wantProblem(t, checkImports([]string{c.line}, lines(host)), c.problem) })
	}
}

func TestCheckExports(t *testing.T) {
	expected := []string{"a", "b"}
	for _, c := range []struct {
		name     string
		exported []string
		problem  string
	}{
		{"exactly", []string{"a", "b"}, ""},
		{"one more", []string{"a", "b", "c"}, "exports c, which exports.txt does not list"},
		{"one less", []string{"a"}, "does not export b, which exports.txt lists"},
		{"none", nil, "does not export a"},
	} {
		t.Run(c.name, func(t *testing.T) { wantProblem(t, checkExports(c.exported, expected), c.problem) })
	}
}

func TestReadBuiltModules(t *testing.T) {
	imported, exported := readBuilt(t, "./build/emptymodule")
	if err := checkImports(imported, lines(host)); err != nil {
		t.Errorf("the empty module: %v", err)
	}
	want := []string{"_initialize", "memory", "proxy_abi_version_0_2_1", "proxy_on_context_create", "proxy_on_memory_allocate",
		"proxy_on_request_headers"}
	if !slices.Equal(exported, want) {
		t.Errorf("the empty module exports %q, want %q", exported, want)
	}

	imported, _ = readBuilt(t, "./build/imports/testdata/stranger")
	err := checkImports(imported, lines(host))
	wantProblem(t, err, "imports env proxy_get_log_level (i32) i32: the oldest")
	wantProblem(t, err, "imports wasi_snapshot_preview1 path_filestat_get (i32 i32 i32 i32 i32) i32: the oldest")
}

func TestReadRefusesWhatIsNoModule(t *testing.T) {
	if _, _, err := read([]byte("no module")); err == nil {
		t.Error("got no error")
	}
}

func readBuilt(t *testing.T, path string) (imported, exported []string) {
	t.Helper()
	root, err := repository.Root()
	if err != nil {
		t.Fatal(err)
	}
	output := filepath.Join(t.TempDir(), "m.wasm")
	if err := (module.Build{Root: root, Package: path, Output: output}).Run(); err != nil {
		t.Fatal(err)
	}
	built, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	imported, exported, err = read(built)
	if err != nil {
		t.Fatal(err)
	}
	return imported, exported
}

func wantProblem(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err == nil {
		return
	}
	if want == "" || err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q", err, want)
	}
}
