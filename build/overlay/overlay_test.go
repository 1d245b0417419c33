package overlay

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWriteEditsTheToolchainsFiles(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, err := Write(strings.TrimSpace(string(goroot)), dir, Edits())
	if err != nil {
		t.Fatal(err)
	}
	replaced := readOverlay(t, path)
	if len(replaced) != len(Edits()) {
		t.Fatalf("the overlay names %d files, want %d", len(replaced), len(Edits()))
	}
	for original, copied := range replaced {
		before, after := readFile(t, original), readFile(t, copied)
		if before == after {
			t.Errorf("%s is unchanged", copied)
		}
		if strings.Count(after, "\n") != strings.Count(before, "\n")+2 {
			t.Errorf("%s: more changed than two lines", copied)
		}
	}
}

func TestWriteRefusesUnknownSource(t *testing.T) {
	edit := Edit{Name: "cure", File: "runtime/f.go", Old: "old\n", New: "new\n"}
	for _, c := range []struct {
		name, source string
		want         error
	}{
		{"once", "a\nold\nb\n", nil},
		{"absent", "a\nb\n", ErrFragment},
		{"twice", "old\nold\n", ErrFragment},
		{"no file", "", os.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			goroot := t.TempDir()
			if c.want != os.ErrNotExist {
				put(t, filepath.Join(goroot, "src/runtime/f.go"), c.source)
			}
			path, err := Write(goroot, t.TempDir(), []Edit{edit})
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got error %v, want %v", err, c.want)
			}
			if (path == "") != (c.want != nil) {
				t.Errorf("got the overlay %q beside the error %v", path, err)
			}
		})
	}
}

func TestWriteRefusesTwoEditsOfOneFile(t *testing.T) {
	goroot := t.TempDir()
	put(t, filepath.Join(goroot, "src/runtime/f.go"), "one\ntwo\n")
	edits := []Edit{{File: "runtime/f.go", Old: "one\n", New: "1\n"}, {File: "runtime/f.go", Old: "two\n", New: "2\n"}}
	if _, err := Write(goroot, t.TempDir(), edits); err == nil {
		t.Fatal("the second edit would undo the first; got no error")
	}
}

func TestWriteLeavesEqualFilesAlone(t *testing.T) {
	goroot, dir := t.TempDir(), t.TempDir()
	put(t, filepath.Join(goroot, "src/runtime/f.go"), "old\n")
	edits := []Edit{{File: "runtime/f.go", Old: "old\n", New: "new\n"}}
	path, err := Write(goroot, dir, edits)
	if err != nil {
		t.Fatal(err)
	}
	long := time.Unix(1, 0)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(goroot, dir, edits); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !info.ModTime().Equal(long) {
		t.Error("an equal overlay was written again")
	}
}

func readOverlay(t *testing.T, path string) map[string]string {
	t.Helper()
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal([]byte(readFile(t, path)), &overlay); err != nil {
		t.Fatal(err)
	}
	return overlay.Replace
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
