package main

import (
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestCheck compares the findings in each folder of testdata/vm with its comments: want "regular expression".
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		wants int
		files []string
	}{
		{"scheduling", 19, []string{"vm/scheduling/scheduling.go"}},
		{"yielding", 1, []string{"vm/yielding/yielding.go"}},
		{"twice", 1, []string{"vm/twice/twice.go"}},
		{"dropped", 9, []string{"vm/dropped/dropped.go"}},
		{"imports", 3, []string{"vm/imports/imports.go", "dependency/dependency.go"}},
		{"recursion", 17, []string{"vm/recursion/recursion.go"}},
		{"across", 2, []string{"vm/across/across.go", "vm/across/part/part.go"}},
		{"fine", 0, []string{"vm/fine/fine.go"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program, err := load("testdata/vm", "./"+c.name)
			if err != nil {
				t.Fatal(err)
			}
			wants := readWants(t, c.files)
			if len(wants) != c.wants {
				t.Errorf("the files hold %d wants, not %d", len(wants), c.wants)
			}
			for _, f := range check(program) {
				if !wants.take(f) {
					t.Errorf("%s: unexpected: %s", f.at, f.text)
				}
			}
			for _, w := range wants {
				t.Errorf("%s:%d: nothing says %s", w.file, w.line, w.text)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ name, pattern string }{
		{"a folder that is not there", "./absent"},
		{"the standard library alone", "strings"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := load("testdata/vm", c.pattern); err == nil {
				t.Error("got no error")
			}
		})
	}
}

type want struct {
	file string
	line int
	text *regexp.Regexp
}

type wants []want

// take removes the want that the finding meets.
func (ws *wants) take(f finding) bool {
	for i, w := range *ws {
		if w.file == f.at.Filename && w.line == f.at.Line && w.text.MatchString(f.text) {
			*ws = append((*ws)[:i], (*ws)[i+1:]...)
			return true
		}
	}
	return false
}

var (
	wantComment = regexp.MustCompile(`^(?://|/\*) want (.*?)(?: \*/)?$`)
	wantText    = regexp.MustCompile("\"[^\"]*\"|`[^`]*`")
)

func readWants(t *testing.T, names []string) (all wants) {
	t.Helper()
	for _, name := range names {
		path, err := filepath.Abs(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, wantsIn(t, path, source)...)
	}
	return all
}

func wantsIn(t *testing.T, path string, source []byte) (all wants) {
	t.Helper()
	files := token.NewFileSet()
	file := files.AddFile(path, -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, nil, scanner.ScanComments)
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			return all
		}
		comment := wantComment.FindStringSubmatch(literal)
		if kind != token.COMMENT || comment == nil {
			continue
		}
		for _, quoted := range wantText.FindAllString(comment[1], -1) {
			text, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, want{path, files.Position(at).Line, regexp.MustCompile(text)})
		}
	}
}
