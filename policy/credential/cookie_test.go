package credential

import (
	"slices"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

var cookieSeeds = []string{"", "a", "a=", "t=1", "t=1; a=2", "a=2;t=1;", " t = 1 ", "t=1; t=2", "t", ";;t=1", "T=1", "tt=1", `t="1"`, "a=t=1", "t=a=b", "t=1,a=2"}

// What is read is taken out, and nothing else is.
func FuzzCookie(f *testing.F) {
	for _, s := range cookieSeeds {
		f.Add(s)
	}
	drop := func(name string) bool { return name == "t" }
	f.Fuzz(func(t *testing.T, field string) {
		_, count := readCookie(field, "t")
		rest := string(withoutCookies(nil, field, drop))
		if _, left := readCookie(rest, "t"); left != 0 {
			t.Fatalf("%q: %q still has the cookie", field, rest)
		}
		again := string(withoutCookies(nil, rest, drop))
		if again != rest {
			t.Fatalf("%q: %q became %q", field, rest, again)
		}
		all := func(string) bool { return false }
		if whole := string(withoutCookies(nil, field, all)); count == 0 && whole != rest {
			t.Fatalf("%q: nothing to take, and became %q", field, rest)
		}
	})
}

func TestCookieSeedsAreThere(t *testing.T) {
	if len(cookieSeeds) < 15 {
		t.Errorf("%d seeds", len(cookieSeeds))
	}
}

// holder is an identity that reads one cookie.
type holder struct {
	name  string
	keeps bool
}

func (h holder) Name() string      { return h.name }
func (h holder) Sources() []Source { return []Source{{Cookie: "t"}} }
func (h holder) Owns() []string    { return nil }
func (h holder) Keeps() bool       { return h.keeps }

func TestStripTakesCookies(t *testing.T) {
	for _, c := range []struct {
		name, caller string
		keeps        bool
		fields       []string
		want         guard.Edits
	}{
		{"no cookie of it", "", false, []string{"a=1; b=2"}, nil},
		{"the only one", "", false, []string{"t=1"}, guard.Edits{{Op: guard.Remove, Name: "cookie"}}},
		{"beside others", "", false, []string{"a=1; t=1; b=2"}, guard.Edits{{Op: guard.Remove, Name: "cookie"}, {Op: guard.Add, Name: "cookie", Value: "a=1; b=2"}}},
		{"in several fields", "", false, []string{"a=1", "t=1", "b=2;t"}, guard.Edits{{Op: guard.Remove, Name: "cookie"},
			{Op: guard.Add, Name: "cookie", Value: "a=1"}, {Op: guard.Add, Name: "cookie", Value: "b=2"}}},
		{"behind a space of Latin-1", "", false, []string{"a=1;\xa0t=1"}, guard.Edits{{Op: guard.Remove, Name: "cookie"}, {Op: guard.Add, Name: "cookie", Value: "a=1"}}},
		{"before a vertical tab", "", false, []string{"t\v=1"}, guard.Edits{{Op: guard.Remove, Name: "cookie"}}},
		{"its own caller keeps it", "x", true, []string{"a=1; t=1"}, nil},
		{"another does not", "y", true, []string{"t=1"}, guard.Edits{{Op: guard.Remove, Name: "cookie"}}},
	} {
		r := &guard.Request{Caller: guard.Caller{Identity: c.caller}}
		for _, f := range c.fields {
			r.Headers = append(r.Headers, guard.Header{Name: "cookie", Value: f})
		}
		if NewStrip([]Holder{holder{"x", c.keeps}}).Apply(r); !slices.Equal(r.Upstream, c.want) {
			t.Errorf("%s: %v", c.name, r.Upstream)
		}
	}
}
