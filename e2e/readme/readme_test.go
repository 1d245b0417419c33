// Package readme_test runs the README: its commands against the demo, its
// policies through the compiler, its configuration through Envoy.
package readme_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/policy"
)

// block is a fenced block of a page.
type block struct {
	kind string // what stands behind the fence
	text string
	line int // of the fence, 1-based
}

// blocks parses a page.
func blocks(t *testing.T, path string) (out []block) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	for i, line := range strings.Split(string(page), "\n") {
		switch {
		case open == nil && strings.HasPrefix(line, "```"):
			open = &block{kind: line[3:], line: i + 1}
		case open != nil && line == "```":
			out = append(out, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block is not closed", path, open.line)
	}
	return out
}

// TestReadme runs the blocks in order, as a reader would.
func TestReadme(t *testing.T) {
	r := newReader(t)
	seen := map[string]int{}
	for _, b := range blocks(t, filepath.Join(harness.Root(t), "README.md")) {
		seen[b.kind]++
		t.Run(fmt.Sprintf("line %d", b.line), func(t *testing.T) { r.read(t, b) })
	}
	for _, kind := range []string{"console", "sh", "json", "log", "yaml http_filters"} {
		if seen[kind] == 0 {
			t.Errorf("the README has no block %q", kind)
		}
	}
}

// reader is a reader of the README, in a folder with the demo at hand.
type reader struct {
	dir  string
	demo demo
}

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{dir: t.TempDir(), demo: startDemo(t)}
	harness.Artefact(t, "sallyport")
	if err := os.Symlink(filepath.Join(harness.Root(t), "dist"), filepath.Join(r.dir, "dist")); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(r.dir, "curl")); err != nil {
		t.Fatal(err)
	}
	return r
}

// read runs a block. A kind that it does not know fails.
func (r *reader) read(t *testing.T, b block) {
	t.Helper()
	switch b.kind {
	case "console":
		r.console(t, b)
	case "sh":
		for line := range strings.Lines(b.text) {
			command, _, _ := strings.Cut(line, "#")
			makes(t, strings.TrimSpace(command))
		}
	case "json":
		r.policy(t, b)
	case "log":
		r.log(t, b)
	case "yaml http_filters":
		// TestFilters has Envoy load it
	default:
		t.Errorf("no test knows how to run a block of the kind %q", b.kind)
	}
}

// console runs each command and compares what it prints with what stands below it.
func (r *reader) console(t *testing.T, b block) {
	t.Helper()
	steps := strings.Split("\n"+b.text, "\n$ ")
	if steps[0] != "" {
		t.Fatalf("the block begins with %q, not with a command", steps[0])
	}
	for _, step := range steps[1:] {
		command, want, _ := strings.Cut(step, "\n")
		if strings.HasPrefix(command, "make ") {
			makes(t, command)
			continue
		}
		got := r.run(t, command)
		if !pattern("^" + quoted(strings.TrimSpace(want)) + "$").MatchString(strings.TrimSpace(got)) {
			t.Errorf("$ %s\nprints\n%s\nthe README says\n%s", command, got, want)
		}
	}
}

// run runs a command that the README shows. Its exit status is not looked at:
// what it prints is.
func (r *reader) run(t *testing.T, command string) string {
	t.Helper()
	name, _, _ := strings.Cut(command, " ")
	if name != "curl" && name != "dist/sallyport" && name != "sed" {
		t.Fatalf("the test does not know the command %q", name)
	}
	c := exec.CommandContext(t.Context(), "bash", "-c", command)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "PATH="+r.dir+":"+os.Getenv("PATH"), demoAddress+"="+r.demo.address, demoAdmin+"="+r.demo.admin)
	output, err := c.CombinedOutput()
	if err != nil && len(output) == 0 {
		t.Fatalf("$ %s: %v", command, err)
	}
	return strings.ReplaceAll(string(output), "\r\n", "\n")
}

// policy compiles a policy and keeps it as policy.json.
func (r *reader) policy(t *testing.T, b block) {
	t.Helper()
	if _, err := policy.Compile([]byte(b.text), func(string) (string, bool) { return "", false }); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "policy.json"), []byte(b.text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// log finds each line in what Envoy has logged.
func (r *reader) log(t *testing.T, b block) {
	t.Helper()
	for line := range strings.Lines(b.text) {
		want := pattern("(?m)" + quoted(strings.TrimSpace(line)) + "$")
		if !r.demo.logs(t, want) {
			t.Errorf("Envoy's log has no line %s", line)
		}
	}
}

// makes checks a command of make, which the test itself cannot run: it may be
// running in it.
func makes(t *testing.T, command string) {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join(harness.Root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(command)
	if len(words) < 2 || words[0] != "make" {
		t.Fatalf("the test does not know the command %q", command)
	}
	if !pattern(`(?m)^` + regexp.QuoteMeta(words[1]) + `:`).Match(makefile) {
		t.Errorf("the Makefile has no target %q", words[1])
	}
	for _, word := range words[2:] {
		name, _, isSet := strings.Cut(word, "=")
		if !isSet || !pattern(`(?m)^`+regexp.QuoteMeta(name)+` \?=`).Match(makefile) {
			t.Errorf("the Makefile has no variable for %q", word)
		}
	}
}

// quoted is a text in which "…" stands for anything, as a regular expression.
func quoted(text string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(text), "…", "(?s:.*?)")
}

func pattern(text string) *regexp.Regexp { return regexp.MustCompile(text) }
