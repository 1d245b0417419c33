package hygiene_test

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/hygiene"
)

// manualGuard compiles the policy of the manual page.
func manualGuard(t *testing.T) *hygiene.Guard {
	t.Helper()
	d, err := document.Parse([]byte(manual.Blocks(t, "hygiene", "json")[0]))
	if err != nil {
		t.Fatal(err)
	}
	return hygiene.Compile(d.Hygiene, hygiene.Names{})
}

func TestManualPathsAreTrue(t *testing.T) {
	g, rows := manualGuard(t), 0
	for line := range strings.Lines(manual.Blocks(t, "hygiene", "paths")[0]) {
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
	page := manual.Page(t, "hygiene")
	for _, name := range append(hygiene.Overrides(), hygiene.HostOverrides()...) {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("the manual does not name %s", name)
		}
	}
}
