package hygiene_test

import (
	"os"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/hygiene"
)

// block returns the first fenced block of a kind in the manual page.
func block(t *testing.T, kind string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/hygiene.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "\n```"+kind+"\n")
	text, _, closed := strings.Cut(after, "\n```\n")
	if !found || !closed {
		t.Fatalf("the manual has no block %q", kind)
	}
	return text
}

// manual compiles the policy of the manual page.
func manual(t *testing.T) *hygiene.Guard {
	t.Helper()
	d, err := document.Parse([]byte(block(t, "json")))
	if err != nil {
		t.Fatal(err)
	}
	return hygiene.Compile(d.Hygiene, hygiene.Names{})
}

func TestManualPathsAreTrue(t *testing.T) {
	g, rows := manual(t), 0
	for line := range strings.Lines(block(t, "paths")) {
		columns := strings.Fields(line)
		if len(columns) < 2 {
			t.Fatalf("no two columns in %q", line)
		}
		rows++
		r := request()
		r.Target = columns[0]
		got := g.Check(r).Reason.String()
		if got == "allowed" {
			got = r.Path
		}
		if got != columns[1] {
			t.Errorf("%s gives %s, the manual says %s", columns[0], got, columns[1])
		}
	}
	if rows < 25 {
		t.Errorf("only %d rows were found", rows)
	}
}

func TestManualNamesEveryOverride(t *testing.T) {
	page, err := os.ReadFile("../../docs/hygiene.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range hygiene.Overrides() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("the manual does not name %s", name)
		}
	}
}
