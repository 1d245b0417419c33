package hygiene

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// A policy with many own names must not make every header expensive: the
// longest run of taken slots is what one look-up can cost.
func TestOwnNamesStandApart(t *testing.T) {
	for _, form := range []string{"x-claim-%d", "x-%d-claim", "%d"} {
		var names []string
		for i := range 100 {
			names = append(names, fmt.Sprintf(form, i))
		}
		o := newOwnNames(names)
		longest := 0
		for at := range o.slots {
			run := 0
			for o.slots[(at+run)&int(o.mask)] != "" {
				run++
			}
			longest = max(longest, run)
		}
		if longest > 6 {
			t.Errorf("%s: a look-up can cost %d comparisons", form, longest)
		}
		for _, name := range names {
			if !o.has(strings.ToUpper(name)) {
				t.Errorf("%s is not found", name)
			}
		}
	}
}

func TestValidValueAtEveryPlace(t *testing.T) {
	for length := range 40 {
		clean := strings.Repeat("a\t\xff~", length)[:length]
		if !validValue(clean) {
			t.Errorf("%d clean bytes are refused", length)
		}
		plain := strings.ReplaceAll(clean, "\t", "b")
		if _, ordinary := scanField(&guard.Header{Name: "n", Value: plain}); !ordinary {
			t.Errorf("%d plain bytes are not ordinary", length)
		}
		for at := range length {
			for _, bad := range []string{"\r", "\n", "\x00"} {
				if validValue(clean[:at] + bad + clean[at+1:]) {
					t.Errorf("%q at %d of %d passes", bad, at, length)
				}
				if _, ordinary := scanField(&guard.Header{Name: "n", Value: plain[:at] + bad + plain[at+1:]}); ordinary {
					t.Errorf("%q at %d of %d is ordinary", bad, at, length)
				}
			}
		}
	}
}

func FuzzHeaders(f *testing.F) {
	seeds := [][2]string{{"accept", "*/*"}, {"x_client_id", "a"}, {"", ""}, {"x:y", "\r\n"}, {"X-Client-Id", "\x00"}, {"x-é", "é"}}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed[0], seed[1])
	}
	o := newOwnNames([]string{"x-client-id"})
	g := sightGuard(Names{Own: []string{"x-client-id"}, Sources: []string{"x_api_key", "authorization"}})
	f.Fuzz(func(t *testing.T, name, value string) {
		ok := validName(name)
		token := name != "" && strings.Trim(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") == ""
		if ok != token {
			t.Errorf("the name %q is well-formed: %v", name, ok)
		}
		if validValue(value) == strings.ContainsAny(value, "\r\n\x00") {
			t.Errorf("the value %q is valid: %v", value, validValue(value))
		}
		if strings.EqualFold(strings.ReplaceAll(name, "_", "-"), "x-client-id") && len(name) == 11 && !o.has(name) {
			t.Errorf("%q is not found", name)
		}
		checkField(t, g, name, value)
	})
}

// What never goes upstream goes by its beginning too, in every spelling, and in
// trailers; what a guard reads of it stays where it is.
func TestRemovedByBeginning(t *testing.T) {
	g := Compile(document.Hygiene{MaxHeaders: 100, MaxHeaderSize: 1 << 10, MaxHeadersSize: 1 << 14, MaxPathSize: 1 << 10},
		Names{Own: []string{"x-internal-client"}, Removed: []string{"x-debug"}, Prefixes: []string{"x-internal-"}})
	gone := []string{"x-internal-a", "x_internal_a", "x.internal.a", "x-internal-", "x-internal-client", "x-debug", "x_debug"}
	stay := []string{"x-internal", "x-internals", "x-debugger", "ax-internal-a", "x"}
	r := new(guard.Request)
	r.Reset()
	r.Method, r.Authority, r.Target = "GET", "a.example", "/"
	for _, name := range append(slices.Clone(gone), stay...) {
		r.Headers = append(r.Headers, guard.Header{Name: name, Value: "v"})
	}
	if v := g.Check(r); !v.Allows() {
		t.Fatal(v.Reason)
	}
	var removed []string
	for _, e := range r.Upstream {
		removed = append(removed, e.Name)
	}
	if !slices.Equal(removed, gone) || len(r.Headers) != len(gone)+len(stay) {
		t.Errorf("removed %q, want %q", removed, gone)
	}
	for _, name := range gone {
		if !g.RemovesTrailer(name) {
			t.Errorf("the trailer %s goes upstream", name)
		}
	}
	for _, name := range stay {
		if g.RemovesTrailer(name) {
			t.Errorf("the trailer %s does not go upstream", name)
		}
	}
}
