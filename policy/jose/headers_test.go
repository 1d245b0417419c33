package jose

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestHeadersAreRemembered: a header that is remembered reads as it was written,
// and the rest of its token is read as strictly as any.
func TestHeadersAreRemembered(t *testing.T) {
	var h Headers
	text := compact(`{"alg":"ES256","kid":"a","typ":"JWT"}`)
	first := must(h.Parse(text, Bounds{}))
	if h.find(first.first) != nil {
		t.Fatal("remembered before it was verified")
	}
	h.Remember(first)
	h.Remember(first)
	if h.next != 1 || h.find(first.first) == nil {
		t.Fatalf("%d are remembered, want one", h.next)
	}
	if again := must(h.Parse(text, Bounds{})); !reflect.DeepEqual(again, first) {
		t.Errorf("read as %+v, want %+v", again, first)
	}
	head := first.first
	for name, bad := range map[string]string{
		"no signature": head + ".e30.", "a line break": head + ".e3\n0.c2ln", "padding": head + ".e30=.c2ln", "a third dot": head + ".e30.c2ln.",
		"unused bits": head + ".e31.c2ln", "two parts": head + ".e30", "another header": head + "A.e30.c2ln", "a line break behind it": head + "\n.e30.c2ln",
	} {
		if _, err := h.Parse(bad, Bounds{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := h.Parse(text, Bounds{Token: len(text) - 1}); err == nil {
		t.Error("longer than the bounds: accepted")
	}
}

// TestHeadersAreBounded: the last ones are remembered, and none that is large or
// carries a key.
func TestHeadersAreBounded(t *testing.T) {
	var h Headers
	keep := func(header string) *Token {
		token := must(h.Parse(compact(header), Bounds{}))
		h.Remember(token)
		return token
	}
	for i := range 3 * maxHeaders {
		keep(fmt.Sprintf(`{"alg":"ES256","kid":"%d"}`, i))
	}
	for i := range 3 * maxHeaders {
		token := must(Parse(compact(fmt.Sprintf(`{"alg":"ES256","kid":"%d"}`, i)), Bounds{}))
		if got, want := h.find(token.first) != nil, i >= 2*maxHeaders; got != want {
			t.Errorf("header %d: remembered %v", i, got)
		}
	}
	for _, header := range []string{`{"alg":"ES256","jwk":{}}`, `{"alg":"ES256","x":"` + strings.Repeat("x", maxHeaderText) + `"}`} {
		if token := keep(header); h.find(token.first) != nil {
			t.Errorf("%.40s is remembered", header)
		}
	}
	none := (*Headers)(nil)
	none.Remember(must(none.Parse(compact(`{"alg":"ES256"}`), Bounds{})))
}

// TestLineBreaks: encoding/base64 passes over them; no part has any, at each place.
func TestLineBreaks(t *testing.T) {
	for _, size := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9} {
		part := b64([]byte(strings.Repeat("a", size)))
		for at := range len(part) + 1 {
			for _, breaks := range []string{"\n", "\r", "\r\n", "\n\n\n\n"} {
				if _, ok := decode(part[:at] + breaks + part[at:]); ok {
					t.Errorf("%q with %q at %d: accepted", part, breaks, at)
				}
			}
		}
	}
}
