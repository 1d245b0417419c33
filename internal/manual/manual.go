// Package manual reads the pages of docs/ for tests that hold the code against
// what the pages say.
package manual

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Page returns a page by its name, such as "limits". A page that is missing
// fails the test.
func Page(t testing.TB, name string) string {
	t.Helper()
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		text, err := os.ReadFile(filepath.Join(dir, "docs", name+".md"))
		if err == nil {
			return string(text)
		}
		if _, top := os.Stat(filepath.Join(dir, "README.md")); top == nil || len(dir) > 30 {
			t.Fatalf("no page %s in the manual: %v", name, err)
		}
	}
}

// Blocks returns the fenced blocks of a kind in a page, in order. None, or one
// that is not closed, fails the test.
func Blocks(t testing.TB, name, kind string) (texts []string) {
	t.Helper()
	for _, after := range strings.Split(Page(t, name), "\n```"+kind+"\n")[1:] {
		text, _, closed := strings.Cut(after, "\n```\n")
		if !closed {
			t.Fatalf("%s.md: a block %q is open", name, kind)
		}
		texts = append(texts, text)
	}
	if texts == nil {
		t.Fatalf("%s.md has no block %q", name, kind)
	}
	return texts
}
