package docs_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

// TestReasonsAreComplete: the table has every reason but those that are no
// denial, with its status codes, in the order of the enumeration, and no other.
func TestReasonsAreComplete(t *testing.T) {
	rows := rows(read(t, "reasons.md").text, "reason")
	n := 0
	for r := range guard.Reason(guard.Reasons) {
		if !r.Denies() {
			continue
		}
		if n >= len(rows) {
			t.Fatalf("the table ends before %s", r)
		}
		p, row := r.Public(), rows[n]
		if row[0] != "`"+p.Name+"`" || row[1] != strconv.Itoa(p.Status) || row[2] != strconv.Itoa(p.GRPC) {
			t.Errorf("row %d is %q, want `%s` %d %d", n+1, row[:3], p.Name, p.Status, p.GRPC)
		}
		if len(row) != 5 || row[3] == "" || row[4] == "" {
			t.Errorf("row %d does not say when, or what to do: %q", n+1, row)
		}
		n++
	}
	if n != len(rows) {
		t.Errorf("the table has rows that are no reason: %q", rows[n:])
	}
}

// TestReasonsOfGuards: what the pages of guards say of a reason is true.
func TestReasonsOfGuards(t *testing.T) {
	known := map[string][]string{}
	for r := range guard.Reason(guard.Reasons) {
		p := r.Public()
		known["`"+p.Name+"`"] = []string{strconv.Itoa(p.Status), fmt.Sprintf("%d, gRPC %d", p.Status, p.GRPC)}
	}
	tables := 0
	for _, p := range manual(t) {
		for _, row := range rows(p.text, "reason") {
			tables++
			if status := known[row[0]]; !slices.Contains(status, row[1]) {
				t.Errorf("%s: the row %q is wrong: want status %q", p.name, row, status)
			}
		}
	}
	if tables < 2*guard.Reasons-10 {
		t.Errorf("%d rows of reasons in all pages: some page has no table", tables)
	}
}

// rows returns the cells of every table whose first column has this title.
func rows(text, title string) (out [][]string) {
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case cells[0] == title:
			inside = true
		case inside && !strings.HasPrefix(line, "|---"):
			out = append(out, cells)
		}
	}
	return out
}
