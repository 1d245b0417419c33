package recode

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"sallyport.dev/sallyport/build/wasm/section"
)

// TestRecodedProgramRunsAsBefore holds what a program prints against what it printed as it was linked: results, the
// texts of panics, the lines of its stacks, and its end.
func TestRecodedProgramRunsAsBefore(t *testing.T) {
	before := program(t, "-w")
	after, err := Module(before)
	if err != nil {
		t.Fatal(err)
	}
	want, got := printed(t, before), printed(t, after)
	if got != want {
		t.Errorf("as it was linked it prints\n%s\nrecoded\n%s", want, got)
	}
	for _, part := range []string{"jumps: 111 3 three manymany 115", "stack: 10000 2160", "goroutines: 22500", "main.down 23",
		"index out of range [0]", "again runtime error: invalid memory address", "panic: not recovered", "signal 0xb"} {
		if !strings.Contains(want, part) {
			t.Errorf("the program does not print %q:\n%s", part, want)
		}
	}
}

// TestNothingIsLeft looks at each function of a recoded program for what is to be written anew.
func TestNothingIsLeft(t *testing.T) {
	before := program(t, "-w")
	after, err := Module(before)
	if err != nil {
		t.Fatal(err)
	}
	m := split(t, before)
	was, is := m.count(t, before), m.count(t, after)
	if was.forward < 1000 || was.panics < 1000 || was.moves < 100 || was.byLoop == was.forward {
		t.Fatalf("the program has too little to write anew: %+v", was)
	}
	if want := (left{byLoop: was.byLoop - was.forward}); is != want {
		t.Errorf("recoded it has %+v, want %+v", is, want)
	}
	if shorter := len(before) - len(after); shorter < len(before)/20 {
		t.Errorf("%d of %d B are saved, want a twentieth", shorter, len(before))
	}
}

// left is how many jumps go by way of the loop, how many of them forward, and what else is to be written anew.
type left struct{ byLoop, forward, panics, moves int }

// count counts what is left in another module with the same runtime.
func (m *module) count(t *testing.T, other []byte) (n left) {
	t.Helper()
	for _, body := range split(t, other).bodies {
		f, err := parse(body)
		if err != nil {
			t.Fatal(err)
		}
		if !f.ordinary() {
			continue
		}
		edits, err := f.jumps()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range edits {
			if e.from != e.to { // not the way in
				n.forward++
			}
		}
		for at := range f.code {
			if f.has(at, opBr) && f.is(at-1, opLocalSet, localResume) && f.has(at-2, opI32Const) {
				n.byLoop++
			}
		}
		n.panics += len(f.panics(m))
		n.moves += len(f.moves())
	}
	return n
}

// TestJumpsRefuseAnotherForm changes a function as another compiler might, where it would then do something else.
func TestJumpsRefuseAnotherForm(t *testing.T) {
	const prologue = "\x01\x01\x7f" + "\x23\x00\x21\x01" + "\x02\x40\x03\x40\x02\x40\x02\x40" + "\x20\x00\x0e\x01\x00\x01\x0b"
	const epilogue = "\x0b\x0b\x00\x0b\x41\x01\x0b"
	for name, c := range map[string]struct {
		code string
		want string // what is left of the code; empty: it is refused
	}{
		"a jump forward":      {"\x41\x01\x21\x00\x0c\x01", "\x0c\x00"},
		"past the table":      {"\x41\x07\x21\x00\x0c\x01", "\x0c\x00"},
		"below the table":     {"\x41\x7f\x21\x00\x0c\x01", "\x0c\x00"},
		"in a condition":      {"\x23\x00\x04\x40\x41\x01\x21\x00\x0c\x02\x0b", "\x23\x00\x04\x40\x0c\x01\x0b"},
		"a jump back":         {"\x41\x00\x21\x00\x0c\x01", "\x41\x00\x21\x00\x0c\x01"},
		"to unwind":           {"\x23\x00\x0d\x02", "\x23\x00\x0d\x02"},
		"a call by the table": {"\x42\x01\xa7\x21\x00\x41\x00\x20\x00\x11\x00\x00\x0d\x02", "\x42\x01\xa7\x21\x00\x41\x00\x20\x00\x11\x00\x00\x0d\x02"},
		"the place is read":   {"\x20\x00\x1a", ""},
		"the place is kept":   {"\x41\x01\x22\x00\x1a", ""},
		"a place not set":     {"\x0c\x01", ""},
		"a place computed":    {"\x23\x00\x21\x00\x0c\x01", ""},
		"a condition jumps":   {"\x41\x01\x21\x00\x23\x00\x0d\x01", ""},
		"another switch":      {"\x23\x00\x0e\x01\x00\x01", ""},
		"a block":             {"\x02\x40\x0b", "\x02\x40\x0b"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := parse([]byte(prologue + c.code + epilogue))
			if err != nil {
				t.Fatal(err)
			}
			edits, err := f.jumps()
			if c.want == "" {
				if !errors.Is(err, ErrModule) {
					t.Errorf("got error %v", err)
				}
				return
			}
			want := strings.Replace(prologue, table, firstPlace+table, 1) + c.want + epilogue
			if got := string(f.apply(edits)); err != nil || got != want {
				t.Errorf("got %x, %v\nwant %x", got, err, want)
			}
		})
	}
}

// TestMoves writes those anew that are small and of a known size, and no others.
func TestMoves(t *testing.T) {
	const prologue = "\x01\x01\x7f" + "\x23\x00\x21\x01"
	for name, c := range map[string]struct{ code, want string }{
		"17 bytes copied": {"\x20\x01\x20\x01\x41\x11\xfc\x0a\x00\x00", "\x20\x01\x20\x01\x21\x02\x21\x03" +
			"\x20\x03\x20\x02\x29\x03\x00\x37\x03\x00" + "\x20\x03\x20\x02\x29\x03\x08\x37\x03\x08" + "\x20\x03\x20\x02\x2d\x00\x10\x3a\x00\x10"},
		"12 bytes cleared":           {"\x20\x01\x41\x00\x41\x0c\xfc\x0b\x00", "\x20\x01\x21\x03" + "\x20\x03\x42\x00\x37\x03\x00" + "\x20\x03\x41\x00\x36\x02\x08"},
		"65 bytes copied":            {"\x20\x01\x20\x01\x41\xc1\x00\xfc\x0a\x00\x00", ""},
		"65 bytes cleared":           {"\x20\x01\x41\x00\x41\xc1\x00\xfc\x0b\x00", ""},
		"no bytes":                   {"\x20\x01\x20\x01\x41\x00\xfc\x0a\x00\x00", ""},
		"a size that is not known":   {"\x20\x01\x20\x01\x20\x01\xfc\x0a\x00\x00", ""},
		"filled with something else": {"\x20\x01\x41\x01\x41\x0c\xfc\x0b\x00", ""},
		"another instruction":        {"\x41\x11\xfc\x02\x1a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := parse([]byte(prologue + c.code + "\x0b"))
			if err != nil {
				t.Fatal(err)
			}
			want := "\x02\x01\x7f\x02\x7f" + prologue[3:] + c.want + "\x0b"
			if c.want == "" {
				want = prologue + c.code + "\x0b"
			}
			if got := string(f.apply(f.moves())); got != want {
				t.Errorf("got  %x\nwant %x", got, want)
			}
		})
	}
}

// What stands before the switch: it is asked when the first place is not meant, nor those that are jumped back to.
const (
	firstPlace = "\x20\x00\x41\x00\x46\x0d\x00"
	table      = "\x20\x00\x0e"
)

// TestPlacesAreCompared has a function of eight places jump back to the first of so many.
func TestPlacesAreCompared(t *testing.T) {
	const blocks = 8
	prologue := "\x01\x01\x7f" + "\x23\x00\x21\x01" + "\x02\x40\x03\x40" + strings.Repeat("\x02\x40", blocks)
	for back := range blocks {
		code := table + "\x07\x00\x01\x02\x03\x04\x05\x06\x07" + strings.Repeat("\x0b", blocks) // at the last place
		want := firstPlace
		for number := range back {
			for range 2 {
				code += "\x41" + string(rune(number+1)) + "\x21\x00\x0c\x00"
			}
			want += "\x20\x00\x41" + string(rune(number+1)) + "\x46\x0d" + string(rune(number+1))
		}
		if back > fewLoops {
			want = firstPlace
		}
		code += "\x0b\x00\x0b\x41\x01\x0b"
		f, err := parse([]byte(prologue + code))
		if err != nil {
			t.Fatal(err)
		}
		edits, err := f.jumps()
		if got := string(f.apply(edits)); err != nil || got != prologue+want+code {
			t.Errorf("%d places: got %x, %v\nwant %x", back, got, err, prologue+want+code)
		}
	}
}

// TestParts moves each byte of a value once, in order.
func TestParts(t *testing.T) {
	for size := 1; size <= most; size++ {
		next := 0
		parts(size, func(a access, offset uint64) {
			if int(offset) != next {
				t.Errorf("%d bytes: a part at %d, want %d", size, offset, next)
			}
			next += int(a.size)
		})
		if next != size {
			t.Errorf("%d bytes: %d are moved", size, next)
		}
	}
}

func TestModuleRefusesWhatItDoesNotKnow(t *testing.T) {
	sound := program(t, "-w")
	for name, linked := range map[string][]byte{
		"without names": program(t, "-s -w"),
		"nothing":       []byte(section.Header),
		"cut off":       sections(t, sound, section.Code, func(b []byte) []byte { return b[:len(b)/2] }),
		"an import of another kind": sections(t, sound, section.Import, func([]byte) []byte {
			return []byte("\x01\x03env\x01m\x02\x00\x01")
		}),
		"an unknown instruction": sections(t, sound, section.Code, func([]byte) []byte { return []byte{1, 3, 0, 0xfe, opEnd} }),
	} {
		if _, err := Module(linked); !errors.Is(err, ErrModule) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Module([]byte("text")); !errors.Is(err, section.ErrModule) {
		t.Errorf("text: %v", err)
	}
}

// sections returns the module with one section changed.
func sections(t *testing.T, module []byte, id byte, change func([]byte) []byte) []byte {
	t.Helper()
	list, err := section.Split(module)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].ID == id {
			list[i].Content = change(list[i].Content)
		}
	}
	return section.Join(list)
}

// split reads a module; one that was recoded has no names.
func split(t *testing.T, linked []byte) *module {
	t.Helper()
	list, err := section.Split(linked)
	if err != nil {
		t.Fatal(err)
	}
	m := &module{panics: map[uint64]bool{}}
	if read, err := read(list); err == nil {
		return read
	}
	for _, s := range list {
		if r := (&reader{b: s.Content}); s.ID == section.Code {
			for range r.unsigned() {
				m.bodies = append(m.bodies, r.sized())
			}
		}
	}
	return m
}

func program(t *testing.T, ldflags string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.wasm")
	command := exec.Command("go", "build", "-trimpath", "-ldflags", ldflags, "-o", path, "./testdata/program")
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
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	var out bytes.Buffer
	_, err := runtime.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithStdout(&out).WithStderr(&out))
	if err == nil {
		t.Error("the program did not panic")
	}
	return out.String()
}
