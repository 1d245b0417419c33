package trim

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"sallyport.dev/sallyport/build/wasm/section"
)

// TestTrimmedProgramRunsAsBefore holds what a program prints of its functions, and of its end, against what it printed
// untrimmed.
func TestTrimmedProgramRunsAsBefore(t *testing.T) {
	before := program(t)
	after, err := Module(before)
	if err != nil {
		t.Fatal(err)
	}
	if saved := len(before) - len(after); saved < len(before)/20 {
		t.Errorf("%d of %d B are saved, want a twentieth", saved, len(before))
	}
	want, got := printed(t, before), printed(t, after)
	if got != want {
		t.Errorf("untrimmed it prints\n%s\ntrimmed\n%s", want, got)
	}
	for _, part := range []string{"main.deep 28", "index out of range", "main.main.func1", "panic: not recovered", "goroutine 1"} {
		if !strings.Contains(want, part) {
			t.Errorf("the program does not print %q:\n%s", part, want)
		}
	}
	again, err := Module(after)
	if err != nil || !bytes.Equal(again, after) {
		t.Errorf("trimmed twice it differs, or fails: %v", err)
	}
}

// TestModuleChangesOnlyTheTable compares the memory of both modules byte by byte.
func TestModuleChangesOnlyTheTable(t *testing.T) {
	before := program(t)
	after, err := Module(before)
	if err != nil {
		t.Fatal(err)
	}
	old, new := memoryOf(t, before), memoryOf(t, after)
	table, err := findTable(old)
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.buckets() {
		if i%perFunction != 0 {
			clear(table.bucket(old, i))
		}
	}
	if !bytes.Equal(bytes.TrimRight(old, "\x00"), new) {
		t.Error("the memory differs in more than the buckets that are not read")
	}
	if !bytes.Equal(without(t, before), without(t, after)) {
		t.Error("another section than the data has changed")
	}
}

func TestModuleRefusesWhatItDoesNotKnow(t *testing.T) {
	sound := program(t)
	table, err := findTable(memoryOf(t, sound))
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, b byte) []byte {
		memory := memoryOf(t, sound)
		memory[at] ^= b
		return section.Join([]section.Section{{ID: section.Data, Content: store(memory)}})
	}
	magicAt := bytes.Index(memoryOf(t, sound), magic)
	for _, c := range []struct {
		name   string
		module []byte
		want   error
	}{
		{"unchanged", change(table.start, 0), nil},
		{"empty", nil, ErrModule},
		{"text", []byte("a module"), ErrModule},
		{"no data", []byte(section.Header), ErrModule},
		{"section cut off", sound[:len(sound)/2], ErrModule},
		{"segments cut off", []byte(section.Header + "\x0b\x01\x02"), ErrModule},
		{"bytes behind the segments", []byte(section.Header + "\x0b\x02\x00\x00"), ErrModule},
		{"passive segment", []byte(section.Header + "\x0b\x03\x01\x01\x00"), ErrModule},
		{"segment beyond all memory", []byte(section.Header + "\x0b\x0a\x01\x00\x41\xff\xff\xff\xff\x07\x0b\x00"), ErrModule},
		{"another version of the header", change(magicAt, 1), ErrTable},
		{"a bucket that is read", change(table.start+perFunction*bucketSize, 1), ErrTable},
		{"a bucket that is not read", change(table.start+bucketSize, 7), ErrTable},
		{"a part of a bucket", change(table.start+bucketSize+5, 1), ErrTable},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Module(c.module); !errors.Is(err, c.want) {
				t.Errorf("got error %v, want %v", err, c.want)
			}
		})
	}
}

func TestRuntimeRefusesAnotherSource(t *testing.T) {
	if err := Runtime(goroot(t)); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := Runtime(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a source: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "src/runtime"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]string{"absent": reads[0], "twice": reads[0] + reads[1] + reads[1]} {
		if err := os.WriteFile(filepath.Join(dir, "src/runtime/symtab.go"), []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Runtime(dir); !errors.Is(err, ErrTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func program(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.wasm")
	command := exec.Command("go", "build", "-trimpath", "-o", path, "./testdata/program")
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if printed, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func printed(t *testing.T, module []byte) string {
	t.Helper()
	ctx := t.Context()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer runtime.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	var out bytes.Buffer
	_, err := runtime.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithStdout(&out).WithStderr(&out))
	if err == nil {
		t.Error("the program did not panic")
	}
	return out.String()
}

func split(t *testing.T, module []byte) []section.Section {
	t.Helper()
	list, err := section.Split(module)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func memoryOf(t *testing.T, module []byte) (memory []byte) {
	t.Helper()
	for _, s := range split(t, module) {
		if s.ID != section.Data {
			continue
		}
		var err error
		if memory, err = load(s.Content); err != nil {
			t.Fatal(err)
		}
	}
	return memory
}

// without returns all sections but the data.
func without(t *testing.T, module []byte) []byte {
	t.Helper()
	return section.Join(slices.DeleteFunc(split(t, module), func(s section.Section) bool { return s.ID == section.Data }))
}
