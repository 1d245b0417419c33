package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestNamesStandOnce: however many members an object has, and whichever bits of
// their names meet, one that is there twice is refused and no other.
func TestNamesStandOnce(t *testing.T) {
	b := Bounds{Bytes: 1 << 14, Values: 1000, Depth: 6}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[a-c]{0,4}|[a-z]{2}|https://x/[a-z]`), 0, 120).Draw(t, "names")
		var text strings.Builder
		seen, twice := map[string]bool{}, false
		for i, name := range names {
			if i > 0 {
				text.WriteByte(',')
			}
			fmt.Fprintf(&text, `%q:{"a":%d,"b":[{}]}`, name, i)
			twice = twice || seen[name]
			seen[name] = true
		}
		for _, json := range []string{"{" + text.String() + "}", `{"in":[1,{` + text.String() + `}]}`} {
			_, err := Parse([]byte(json), b)
			if twice != errors.Is(err, ErrMalformed) || twice != (err != nil) {
				t.Fatalf("%s: %v", json, err)
			}
		}
	})
}

// TestSameBit: two names that share their bit are told apart, and taken for the
// same only where they are.
func TestSameBit(t *testing.T) {
	for json, want := range map[string]bool{
		`{"axb":1,"ayb":2}`:               true,
		`{"axb":1,"ayb":2,"axb":3}`:       false,
		`{"axb":{"axb":{"axb":1}}}`:       true,
		`{"o":{"axb":1},"p":{"axb":1}}`:   true,
		`{"":1,"":2}`:                     false,
		`{"o":{"axb":1,"x":{},"axb":{}}}`: false,
	} {
		if _, ok := readPlain(json, nil, Bounds{Bytes: 4096, Values: 12, Depth: 4}); ok != want {
			t.Errorf("%s: %t", json, ok)
		}
	}
}

// TestManyNamesOfOneBit: what is compared with each other is bounded, whatever names
// somebody chooses.
func TestManyNamesOfOneBit(t *testing.T) {
	for count, want := range map[int]bool{maxSiblings: true, maxSiblings + 1: false} {
		text := `{"a00z":0`
		for i := 1; i < count; i++ {
			text += fmt.Sprintf(`,"a%02dz":0`, i)
		}
		if _, ok := readPlain(text+"}", nil, Bounds{Bytes: 4096, Values: 100, Depth: 4}); ok != want {
			t.Errorf("%d: %t", count, ok)
		}
	}
}

// TestTakeAllocates holds what a new token costs: its set and its nodes, each once.
func TestTakeAllocates(t *testing.T) {
	var r Reader
	json := []byte(`{"iss":"https://auth.example.com","aud":["a","b"],"exp":1900000000,"realm_access":{"roles":["x"]}}`)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := r.Take(json, Bounds{Bytes: 4096, Values: 100, Depth: 4}); err != nil {
			t.Fatal(err)
		}
	}); n != 2 {
		t.Errorf("%v allocations, want 2", n)
	}
}

// TestFind: a claim is found by its whole name, or where longest leads.
func TestFind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[ab.]{0,3}`)
		names := rapid.SliceOfNDistinct(name, 0, 8, func(s string) string { return s }).Draw(t, "names")
		var text strings.Builder
		for i, n := range names {
			if i > 0 {
				text.WriteByte(',')
			}
			fmt.Fprintf(&text, `%q:{"a":1,"b":{"a":2},"a.b":3,"":4}`, n)
		}
		s, err := Parse([]byte("{"+text.String()+"}"), Bounds{Bytes: 4096, Values: 100, Depth: 4})
		if err != nil {
			t.Fatal(err)
		}
		asked := rapid.StringMatching(`[ab.]{0,6}`).Draw(t, "asked")
		if got, want := s.find(asked), s.reach(asked); got != want {
			t.Fatalf("%q in %s: %d, want %d", asked, text.String(), got, want)
		}
		if got := s.find(asked) >= 0; slices.Contains(names, asked) && !got {
			t.Fatalf("%q is not found in %s", asked, text.String())
		}
	})
}
