// Package docs_test holds the manual against the code: examples compile and
// answer as they say, tables are complete, links lead somewhere.
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is one file of prose.
type page struct {
	name   string // path from this folder
	text   string
	blocks []block
}

// block is a fenced block.
type block struct {
	kind string // what stands behind the fence
	text string
	line int // of the fence, 1-based
}

// read parses a page; a fence that is not closed fails.
func read(t *testing.T, name string) page {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p := page{name: name, text: string(text)}
	var open *block
	for i, line := range strings.Split(p.text, "\n") {
		switch {
		case open == nil && strings.HasPrefix(line, "```"):
			open = &block{kind: line[3:], line: i + 1}
		case open != nil && line == "```":
			p.blocks = append(p.blocks, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block is not closed", name, open.line)
	}
	return p
}

// manual is every page of this folder.
func manual(t *testing.T) []page {
	t.Helper()
	return pages(t, "*.md")
}

// pages is every page whose path fits one of the patterns.
func pages(t *testing.T, patterns ...string) []page {
	t.Helper()
	var out []page
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d pages, error %v", pattern, len(names), err)
		}
		for _, name := range names {
			out = append(out, read(t, name))
		}
	}
	return out
}

// noGuards are the folders of policy/ that are no guard, and so have no page.
var noGuards = map[string]string{
	"audit": "the audit line; observe.md", "claims": "claim sets; jwt.md and introspection.md", "credential": "where credentials stand; authenticate.md", "denial": "the answer to a denial; observe.md", "document": "the policy's types; policy.md",
	"fetched": "documents that are fetched; jwt.md", "guard": "the contract of guards", "jose": "signed tokens and their keys; jwt.md", "lookup": "what is known of services; apikey.md and introspection.md", "origin": "origins of pages; cors.md and csrf.md", "replay": "what may be used once; bound.md and webhook.md", "signature": "how senders sign; webhook.md and sign.md", "revocation": "lists of revoked tokens; jwt.md", "schema": "generates policy.md",
}

// TestGuardsHaveAPage: one folder, one page, the same name.
func TestGuardsHaveAPage(t *testing.T) {
	entries, err := os.ReadDir("../policy")
	if err != nil {
		t.Fatal(err)
	}
	index := read(t, "README.md").text
	guards := 0
	for _, e := range entries {
		if !e.IsDir() || noGuards[e.Name()] != "" || e.Name() == "testdata" {
			continue
		}
		guards++
		name := e.Name() + ".md"
		if _, err := os.Stat(name); err != nil {
			t.Errorf("policy/%s has no page: %v", e.Name(), err)
		}
		if !strings.Contains(index, "("+name+")") {
			t.Errorf("README.md does not list %s", name)
		}
	}
	if guards < 6 {
		t.Errorf("%d guards found; there were 6", guards)
	}
}

// TestIndexIsComplete: every page can be found from the index.
func TestIndexIsComplete(t *testing.T) {
	index := read(t, "README.md").text
	for _, p := range manual(t) {
		if p.name != "README.md" && !strings.Contains(index, "("+p.name+")") {
			t.Errorf("README.md does not list %s", p.name)
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	inline  = regexp.MustCompile("`[^`\n]*`")
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks: every relative link leads to a file, and to a heading where it
// names one.
func TestLinks(t *testing.T) {
	links := 0
	for _, p := range pages(t, "*.md", "../*.md", "../e2e/scenarios/*.md") {
		prose := inline.ReplaceAllString(fence.ReplaceAllString(p.text, ""), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			file, anchor, _ := strings.Cut(m[1], "#")
			target := p.name
			if file != "" {
				target = filepath.Join(filepath.Dir(p.name), file)
			}
			checkLink(t, p.name, m[1], target, anchor)
		}
	}
	if links < 50 {
		t.Errorf("%d links found; the pattern is wrong", links)
	}
}

func checkLink(t *testing.T, from, link, target, anchor string) {
	t.Helper()
	if _, err := os.Stat(target); err != nil {
		t.Errorf("%s: the link %s leads nowhere", from, link)
		return
	}
	if anchor != "" && !slices.Contains(anchors(read(t, target).text), anchor) {
		t.Errorf("%s: the link %s names no heading", from, link)
	}
}

// anchors returns the names that headings get.
func anchors(text string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := dropped.ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}
