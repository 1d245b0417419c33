package csrf

import (
	"strings"
	"testing"
)

// FuzzToken: no text panics, and none passes that the endpoint did not make.
func FuzzToken(f *testing.F) {
	s := sound(f, tokens, `, "public": true`)
	good := made(f, s, session, now)
	for _, text := range []string{"", "x", good, good[1:], good + "=", "B" + good[1:], strings.ToLower(good), good + good, strings.Repeat("A", textSize), strings.Repeat("\n", textSize), good[:75] + "\n"} {
		f.Add(text, session)
	}
	f.Add(good, "another")
	f.Fuzz(func(t *testing.T, text, of string) {
		st := s.NewState()
		fit, left := s.tokens[0].judge(text, of, now, st)
		if passes := fit != foreign && left >= 0; passes != (text == good && of == session) {
			t.Fatalf("%q for %q: %v, %d", text, of, fit, left)
		}
	})
}

func TestSeedsAreThere(t *testing.T) {
	if len(cookieSeeds) < 10 {
		t.Errorf("%d seeds", len(cookieSeeds))
	}
}
