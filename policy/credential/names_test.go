package credential

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
)

func TestHeaderNames(t *testing.T) {
	var p document.Problems
	got := HeaderNames(Compile([]document.Source{{Header: "X-Key"}, {Query: "key"}, {Header: "authorization", Scheme: "A"},
		{Header: "Authorization", Scheme: "B"}, {Cookie: "a"}, {Cookie: "b"}}, Source{}, "from", &p))
	if p.Err() != nil || !slices.Equal(got, []string{"x-key", "authorization", "cookie"}) {
		t.Errorf("%v, %v", got, p.Err())
	}
	if got := HeaderNames(Compile(nil, Source{Header: "x-api-key"}, "from", &p)); !slices.Equal(got, []string{"x-api-key"}) {
		t.Errorf("by default %v", got)
	}
}

// TestIsVisible asks about each byte at each place of texts that are longer and
// shorter than what is looked at at once.
func TestIsVisible(t *testing.T) {
	for size := range 20 {
		for at := range size {
			for c := range 256 {
				text := []byte(strings.Repeat("!~aZ", 5)[:size])
				text[at] = byte(c)
				if got, want := IsVisible(string(text)), c > ' ' && c <= '~'; got != want {
					t.Fatalf("byte %#x at %d of %d: %v", c, at, size, got)
				}
			}
		}
	}
	if !IsVisible("") {
		t.Error("nothing is not visible")
	}
}
