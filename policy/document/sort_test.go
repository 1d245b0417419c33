package document

import (
	"strings"
	"testing"
)

func TestSort(t *testing.T) {
	json := []byte("{\"routes\": [\n  {\"name\": \"a\", \"limits\": [\"x\",\n    \"y\"]}],\n \"limits\": {\"per \\\"c.l\": {\"by\": [\"ip\"]}}}")
	problems := []Problem{
		{Path: Path("limits").Key(`per "c.l`).Key("by").Index(0)},
		{Path: "routes[0].limits[1]"},
		{Path: "routes[0].identities"},
		{Path: "nowhere.at.all"},
		{Path: "routes[7].name"},
		{Path: ""},
		{Path: "routes[0]"},
	}
	Sort(json, problems)
	want := []string{"1:1 nowhere.at.all", "1:1 ", "1:12 routes[7].name", "2:3 routes[0].identities", "2:3 routes[0]",
		"3:5 routes[0].limits[1]", `4:34 limits["per \"c.l"].by[0]`}
	for i, p := range problems {
		if got := place(p); got != want[i] {
			t.Errorf("problem %d stands at %s, want %s", i, got, want[i])
		}
		if p.Offset < 0 || p.Offset >= int64(len(json)) {
			t.Errorf("%s has the offset %d", p.Path, p.Offset)
		}
	}
}

// Sort is for text that was parsed before, but does not rely on it.
func TestSortOfUnsoundText(t *testing.T) {
	for _, json := range []string{"", "{", "[", `{"a"`, `{"a": `, `{"a": [1, `, "}", "nul", strings.Repeat(`{"a":`, 100_000), "\xff"} {
		problems := []Problem{{Path: "a[1].b"}, {Path: "a"}, {Path: ""}}
		Sort([]byte(json), problems)
		for _, p := range problems {
			if p.Line != 1 || p.Offset < 0 || p.Offset > int64(len(json)) {
				t.Errorf("Sort(%.20q) puts %q at line %d, offset %d", json, p.Path, p.Line, p.Offset)
			}
		}
	}
}

// What was placed once stays there when a later stage adds problems.
func TestSortKeepsPlaces(t *testing.T) {
	json := []byte(`{"a": 1, "a": 2, "b": 3}`)
	problems := []Problem{{Path: "b"}, {Path: "a", Offset: 9, placed: true}, {Path: "a"}}
	Sort(json, problems)
	problems = append(problems, Problem{Path: "b"})
	Sort(json, problems)
	want := []string{"1:7 a", "1:10 a", "1:23 b", "1:23 b"}
	for i, p := range problems {
		if got := place(p); got != want[i] {
			t.Errorf("problem %d stands at %s, want %s", i, got, want[i])
		}
	}
}

func place(p Problem) string {
	e := &Error{Problems: []Problem{{Path: p.Path, Line: p.Line, Column: p.Column}}}
	line, _, _ := strings.Cut(e.Error(), ": ")
	return line + " " + string(p.Path)
}
