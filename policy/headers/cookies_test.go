package headers

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"

	"pgregory.net/rapid"
)

var (
	allOf   = document.Cookies{Secure: true, HTTPOnly: true, SameSite: "lax"}
	nothing = document.Cookies{}
)

func withCookies(t testing.TB, d document.Cookies) *Guard {
	t.Helper()
	var p document.Problems
	g := Compile(&document.Headers{Response: &document.ResponseHeaders{Preset: "none", Cookies: &d}}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestCookies(t *testing.T) {
	cases := []struct {
		name   string
		demand document.Cookies
		in     string
		want   string // "" for dropped
	}{
		{"bare", allOf, "a=b", "a=b; Secure; HttpOnly; SameSite=Lax"},
		{"an empty value", allOf, "a=", "a=; Secure; HttpOnly; SameSite=Lax"},
		{"right already", allOf, "a=b; Path=/x; secure ;HTTPONLY; samesite=lax", "a=b; Path=/x; secure ;HTTPONLY; samesite=lax"},
		{"stricter already", allOf, "a=b; Secure; HttpOnly; SameSite=Strict", "a=b; Secure; HttpOnly; SameSite=Strict"},
		{"weaker", allOf, "a=b; SameSite=None; Secure; HttpOnly", "a=b; Secure; HttpOnly; SameSite=Lax"},
		{"a word that is none", allOf, "a=b; SameSite=Always; Secure; HttpOnly", "a=b; Secure; HttpOnly; SameSite=Lax"},
		{"no word", allOf, "a=b; SameSite; Secure; HttpOnly", "a=b; Secure; HttpOnly; SameSite=Lax"},
		{"said twice", allOf, "a=b; SameSite=Strict; SameSite=None; Secure; HttpOnly", "a=b; Secure; HttpOnly; SameSite=Strict"},
		{"attributes twice", allOf, "a=b; Secure; Secure; HttpOnly; HttpOnly; SameSite=Lax", "a=b; Secure; Secure; HttpOnly; HttpOnly; SameSite=Lax"},
		{"strict demanded", document.Cookies{SameSite: "strict"}, "a=b; SameSite=Lax", "a=b; SameSite=Strict"},
		{"none demanded", document.Cookies{Secure: true, SameSite: "none"}, "a=b", "a=b; Secure; SameSite=None"},
		{"none demanded, stricter said", document.Cookies{Secure: true, SameSite: "none"}, "a=b; SameSite=Lax", "a=b; SameSite=Lax; Secure"},
		{"other attributes stay", allOf, `sid="x y"; Domain=example.com; Path=/; Max-Age=60; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Priority=High; x=y`,
			`sid="x y"; Domain=example.com; Path=/; Max-Age=60; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Priority=High; x=y; Secure; HttpOnly; SameSite=Lax`},
		{"equals signs in the value", allOf, "a=b=c==", "a=b=c==; Secure; HttpOnly; SameSite=Lax"},
		{"an attribute in the value's place", allOf, "a=Secure", "a=Secure; Secure; HttpOnly; SameSite=Lax"},
		{"an attribute with a value", allOf, "a=b; Secure=no; HttpOnly=false; SameSite=Lax", "a=b; Secure=no; HttpOnly=false; SameSite=Lax"},
		{"an attribute too long to count", allOf, "a=b; Secure=" + strings.Repeat("x", 1025) + "; HttpOnly; SameSite=Lax", "a=b; Secure=" + strings.Repeat("x", 1025) + "; HttpOnly; SameSite=Lax; Secure"},
		{"letters that only look alike", allOf, "a=b; \u017fecure; HttpOnly; SameSite=Lax", "a=b; \u017fecure; HttpOnly; SameSite=Lax; Secure"},
		{"empty attributes", allOf, "a=b;; ;", "a=b;; ;; Secure; HttpOnly; SameSite=Lax"},
		{"spaces and tabs", allOf, " a = b ;\tsecure\t; HttpOnly ; SameSite = lax ", " a = b ;\tsecure\t; HttpOnly ; SameSite = lax "},

		{"__Host-", nothing, "__Host-a=b", "__Host-a=b; Path=/; Secure"},
		{"__Host- with a domain", nothing, "__Host-a=b; Domain=example.com; Path=/; Secure", "__Host-a=b; Path=/; Secure"},
		{"__Host- with an empty domain", nothing, "__Host-a=b; Domain; Path=/; Secure", "__Host-a=b; Path=/; Secure"},
		{"__Host- with another path", nothing, "__Host-a=b; Path=/x; Secure", "__Host-a=b; Secure; Path=/"},
		{"__Host- with two paths", nothing, "__Host-a=b; Path=/x; Path=/; Secure", "__Host-a=b; Secure; Path=/"},
		{"__Host- in other case", nothing, "__hOST-a=b; Path=/", "__hOST-a=b; Path=/; Secure"},
		{"__Secure-", nothing, "__Secure-a=b; Domain=example.com; Path=/x", "__Secure-a=b; Domain=example.com; Path=/x; Secure"},
		{"__Http-", nothing, "__Http-a=b", "__Http-a=b; Secure; HttpOnly"},
		{"__Host-Http-", nothing, "__Host-Http-a=b", "__Host-Http-a=b; Path=/; Secure; HttpOnly"},
		{"no prefix", nothing, "Host-a=b; Domain=example.com", "Host-a=b; Domain=example.com"},
		{"partitioned", nothing, "a=b; Partitioned", "a=b; Partitioned; Secure"},
		{"for other sites", nothing, "a=b; SameSite=None", "a=b; SameSite=None; Secure"},
		{"nothing demanded", nothing, "a=b; SameSite=None; SameSite=Lax", "a=b; SameSite=None; SameSite=Lax"},
		{"readable", document.Cookies{HTTPOnly: true, Readable: []string{"XSRF-TOKEN"}}, "XSRF-TOKEN=b", "XSRF-TOKEN=b"},
		{"readable, in other case", document.Cookies{HTTPOnly: true, Readable: []string{"XSRF-TOKEN"}}, "xsrf-token=b", "xsrf-token=b; HttpOnly"},

		{"empty", allOf, "", ""},
		{"no name", allOf, "=b", ""},
		{"no name but a space", allOf, " =b", ""},
		{"a value alone", allOf, "b", ""},
		{"another cookie's name in the value", allOf, "=__Host-a=b", ""},
		{"attributes alone", allOf, "; Secure", ""},
		{"CR and LF", allOf, "a=b\r\nset-cookie: c=d", ""},
		{"NUL", allOf, "a=b\x00", ""},
		{"a control in an attribute", allOf, "a=b; Path=/\x01", ""},
		{"DEL", allOf, "a=b\x7f", ""},
		{"as long as browsers take it", nothing, "a=" + strings.Repeat("b", 4095), "a=" + strings.Repeat("b", 4095)},
		{"with space around it", nothing, "a = " + strings.Repeat("b", 4095) + " ; Path=/", "a = " + strings.Repeat("b", 4095) + " ; Path=/"},
		{"longer", nothing, "a=" + strings.Repeat("b", 4096), ""},
		{"attributes without end", nothing, "a=b" + strings.Repeat("; x=yyyyyyyyyy", 1000), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := withCookies(t, c.demand)
			var m guard.Metrics
			g.Register(&m)
			w, r := answered(), newRequest()
			w.Response = []guard.Header{{Name: "set-cookie", Value: c.in}}
			got := leaves(t, g, r, w, true)["set-cookie"]
			switch {
			case c.want == "" && (len(got) != 0 || w.Counted[1] != 1):
				t.Errorf("got %q, %d dropped", got, w.Counted[1])
			case c.want != "" && (len(got) != 1 || got[0] != c.want || w.Counted[1] != 0):
				t.Errorf("got %q, want %q; %d dropped", got, c.want, w.Counted[1])
			case c.want != "" && c.want == c.in && len(r.Hardening) != 0:
				t.Errorf("a cookie that is right is edited: %v", r.Hardening)
			}
			if w.Calls["ResponseHeaders"] != 1 {
				t.Errorf("host calls: %v", w.Calls)
			}
		})
	}
}

func TestSeveralCookies(t *testing.T) {
	g := withCookies(t, allOf)
	var m guard.Metrics
	if g.Register(&m); !slices.Equal(m.Names(), []string{"sallyport.cookies_dropped"}) {
		t.Errorf("counters %v", m.Names())
	}
	w := answered("set-cookie: a=1; Secure; HttpOnly; SameSite=Lax", "x: y", "set-cookie: bad", "set-cookie: a=2")
	got := leaves(t, g, newRequest(), w, true)["set-cookie"]
	want := []string{"a=1; Secure; HttpOnly; SameSite=Lax", "a=2; Secure; HttpOnly; SameSite=Lax"}
	if !slices.Equal(got, want) || w.Counted[1] != 1 {
		t.Errorf("got %q, %d dropped", got, w.Counted[1])
	}
	w = answered(slices.Repeat([]string{"set-cookie: a=b"}, maxCookies+5)...)
	if got := leaves(t, g, newRequest(), w, true)["set-cookie"]; len(got) != maxCookies || w.Counted[1] != 5 {
		t.Errorf("%d cookies leave, %d dropped", len(got), w.Counted[1])
	}
	if r := newRequest(); len(leaves(t, g, r, answered("a: b"), true)) != 1 || len(r.Hardening) != 0 {
		t.Errorf("without cookies: %v", r.Hardening)
	}
}

// Cookies of Sallyport's own come after those of the upstream, and are not
// touched.
func TestCookiesOfOurOwn(t *testing.T) {
	r := newRequest()
	r.Response.Add("set-cookie", "ours=1")
	for range 2 { // an answer may stand in for another
		got := leaves(t, withCookies(t, allOf), r, answered("set-cookie: a=b"), true)["set-cookie"]
		if !slices.Equal(got, []string{"a=b; Secure; HttpOnly; SameSite=Lax", "ours=1"}) {
			t.Errorf("got %q", got)
		}
	}
}

func TestCookieProblems(t *testing.T) {
	cases := []struct {
		name, want string
		section    document.ResponseHeaders
	}{
		{"none without secure", `cookies.same_site is "none", which browsers take only from secure cookies`, document.ResponseHeaders{Cookies: &document.Cookies{SameSite: "none"}}},
		{"readable of what is not hidden", `cookies.readable excepts from what is not demanded`, document.ResponseHeaders{Cookies: &document.Cookies{Readable: []string{"a"}}}},
		{"readable twice", `cookies.readable[1] is "a"`, document.ResponseHeaders{Cookies: &document.Cookies{HTTPOnly: true, Readable: []string{"a", "a"}}}},
		{"no cookie's name", `cookies.readable[0] is "a;b"`, document.ResponseHeaders{Cookies: &document.Cookies{HTTPOnly: true, Readable: []string{"a;b"}}}},
		{"removed beside", `remove[0] names "set-cookie" again`, document.ResponseHeaders{Cookies: &allOf, Remove: []string{"set-cookie"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			Compile(&document.Headers{Response: &c.section}, &p)
			if err := p.Err(); err == nil || !strings.HasPrefix(err.Error(), "headers.response."+c.want) || len(p.List()) != 1 {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// holds tells what is wrong with a cookie that leaves, given the one that came.
func holds(c *cookies, in, out string) string {
	was, ok := readCookie(in)
	is, still := readCookie(out)
	switch {
	case !ok || !still:
		return "a cookie leaves that none is"
	case is.pair != was.pair:
		return "name or value changed"
	case c.secure && !is.secure, is.sameSite == crossSite && !is.secure, is.partitioned && !is.secure:
		return "not secure"
	case c.httpOnly && !is.httpOnly:
		return "not hidden from scripts"
	case is.sameSite < c.sameSite, is.sameSite < was.sameSite:
		return "SameSite too weak"
	case is.begins("__host-") && (is.domain || is.paths != 1 || !is.root || !is.secure):
		return "no __Host- cookie"
	case is.begins("__secure-") && !is.secure:
		return "no __Secure- cookie"
	}
	return ""
}

func TestCookiesKeepTheirValue(t *testing.T) {
	attribute := rapid.OneOf(rapid.SampledFrom([]string{"Secure", "HttpOnly", "SameSite=None", "samesite=strict", "SameSite=x", "Path=/", "Path=/a", "Domain=a.example",
		"Partitioned", "Max-Age=1", "", " ", "Expires=Wed, 21 Oct 2026 07:28:00 GMT"}), rapid.StringMatching(`[ -~]{0,12}`))
	hardened := 0
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "__Host-a", "__secure-b", "__HTTP-c", ""}).Draw(t, "name")
		in := strings.Join(append([]string{name + "=" + rapid.StringMatching(`[!-:<-~]{0,20}`).Draw(t, "value")},
			rapid.SliceOfN(attribute, 0, 6).Draw(t, "attributes")...), ";")
		c := &cookies{secure: rapid.Bool().Draw(t, "secure"), httpOnly: rapid.Bool().Draw(t, "httpOnly"),
			sameSite: rapid.SampledFrom([]sameSite{unsaid, lax, strict}).Draw(t, "sameSite")}
		r := newRequest()
		out, ok := c.field(r, in)
		if !ok {
			return
		}
		hardened++
		if wrong := holds(c, in, out); wrong != "" {
			t.Fatalf("%q became %q: %s", in, out, wrong)
		}
		if again, ok := c.field(r, out); !ok || again != out {
			t.Fatalf("%q became %q, and then %q", in, out, again)
		}
	})
	if hardened == 0 {
		t.Error("nothing was hardened")
	}
}

func FuzzSetCookie(f *testing.F) {
	for _, seed := range []string{
		"a=b", "a=b; Secure; HttpOnly; SameSite=Lax", "__Host-a=b; Domain=x; Path=/y", "__Secure-a=b", "=b", "b", "", ";", "a=b;;;", "a=b; SameSite",
		"a=b\r\nx: y", "a=\x00", "a=b; samesite=none; SAMESITE=strict", "a=b; Partitioned", "a=b; Secure=" + strings.Repeat("x", 1100), "a=b; \u017fecure",
	} {
		f.Add(seed, true, true, uint8(lax))
	}
	f.Fuzz(func(t *testing.T, in string, secure, httpOnly bool, site uint8) {
		c := &cookies{secure: secure, httpOnly: httpOnly, sameSite: sameSite(site % 4)}
		if c.sameSite == crossSite {
			c.secure = true
		}
		out, ok := c.field(newRequest(), in)
		if !ok {
			return
		}
		if wrong := holds(c, in, out); wrong != "" || controls(out) {
			t.Errorf("%q became %q: %s", in, out, wrong)
		}
	})
}
