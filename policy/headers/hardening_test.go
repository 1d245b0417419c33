package headers

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

func TestCacheControl(t *testing.T) {
	const said = "cache-control: public, max-age=60"
	cases := []struct {
		name, preset, setting string
		open                  bool
		upstream              []string
		want                  string
	}{
		{"authenticated, api", "api", "", false, nil, "no-store"},
		{"authenticated, web", "web", "", false, nil, "no-store"},
		{"authenticated, none", "none", "", false, nil, ""},
		{"public", "api", "", true, nil, ""},
		{"the upstream says", "api", "", false, []string{said}, "public, max-age=60"},
		{"the upstream says nothing in it", "api", "", false, []string{"cache-control: "}, "no-store"},
		{"Expires and Pragma are no say", "api", "", false, []string{"expires: Wed, 21 Oct 2099 07:28:00 GMT", "pragma: cache"}, "no-store"},
		{"all, public", "none", "all", true, nil, "no-store"},
		{"all, the upstream says", "none", "all", true, []string{said}, "public, max-age=60"},
		{"authenticated without preset", "none", "authenticated", false, nil, "no-store"},
		{"none with a preset", "api", "none", false, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := compile(t, &document.ResponseHeaders{Preset: c.preset, CacheControl: c.setting})
			if got := strings.Join(leaves(t, g, newRequest(), answered(c.upstream...), c.open)["cache-control"], "|"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCacheControlOfThePolicy(t *testing.T) {
	set := compile(t, &document.ResponseHeaders{Preset: "api", Set: map[string]string{"Cache-Control": "private"}})
	if got := leaves(t, set, newRequest(), answered(), false)["cache-control"]; !slices.Equal(got, []string{"private"}) {
		t.Errorf("set: %q", got)
	}
	removed := compile(t, &document.ResponseHeaders{Preset: "api", Remove: []string{"cache-control"}})
	if got := leaves(t, removed, newRequest(), answered("cache-control: public"), false)["cache-control"]; got != nil {
		t.Errorf("removed: %q", got)
	}
	var p document.Problems
	Compile(&document.Headers{Response: &document.ResponseHeaders{CacheControl: "all", Set: map[string]string{"cache-control": "private"}}}, &p)
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "headers.response.cache_control is given beside the header of that name") {
		t.Errorf("both: %v", err)
	}
}

func TestStrictTransportSecurity(t *testing.T) {
	year := document.Duration(365 * 24 * time.Hour)
	cases := []struct {
		name string
		d    document.StrictTransportSecurity
		want string // or the problem
	}{
		{"age", document.StrictTransportSecurity{MaxAge: document.Duration(time.Hour)}, "max-age=3600"},
		{"forget", document.StrictTransportSecurity{}, "max-age=0"},
		{"subdomains", document.StrictTransportSecurity{MaxAge: year, IncludeSubdomains: true}, "max-age=31536000; includeSubDomains"},
		{"preload", document.StrictTransportSecurity{MaxAge: year, IncludeSubdomains: true, Preload: true}, "max-age=31536000; includeSubDomains; preload"},
		{"preload without subdomains", document.StrictTransportSecurity{MaxAge: year, Preload: true}, "headers.response.strict_transport_security.preload is true without subdomains"},
		{"preload for less than a year", document.StrictTransportSecurity{MaxAge: year - 1e9, IncludeSubdomains: true, Preload: true},
			"headers.response.strict_transport_security.preload is true with a max_age"},
		{"half a second", document.StrictTransportSecurity{MaxAge: 5e8}, "headers.response.strict_transport_security.max_age is not a whole number"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			g := Compile(&document.Headers{Response: &document.ResponseHeaders{Preset: "api", StrictTransportSecurity: &c.d}}, &p)
			if err := p.Err(); err != nil {
				if !strings.HasPrefix(err.Error(), c.want) || len(p.List()) != 1 {
					t.Errorf("got %v, want %s", err, c.want)
				}
				return
			}
			if got := leaves(t, g, newRequest(), answered(), true)[hstsName]; !slices.Equal(got, []string{c.want}) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRequestRemovals(t *testing.T) {
	cases := []struct {
		name   string
		remove []string
		want   string // the problem; "" for none
	}{
		{"a name", []string{"X-Internal"}, ""},
		{"a beginning", []string{"x-internal-*", "x-debug"}, ""},
		{"nothing", nil, `headers.request.remove is missing`},
		{"everything", []string{"*"}, `headers.request.remove[0] is "*", which is every header`},
		{"a * within", []string{"x-*-y"}, `headers.request.remove[0] is "x-*-y", with a *`},
		{"two *", []string{"x-**"}, `headers.request.remove[0] is "x-**", with a *`},
		{"a pseudo-header", []string{":path"}, `headers.request.remove[0] is ":path", without which`},
		{"no name", []string{"a b"}, `headers.request.remove[0] is "a b", which is not the name`},
		{"host", []string{"Host"}, `headers.request.remove[0] is "Host", which takes out host`},
		{"the length", []string{"content_length"}, `headers.request.remove[0] is "content_length", which takes out content-length`},
		{"the type by its beginning", []string{"content-*"}, `headers.request.remove[0] is "content-*", which takes out content-encoding`},
		{"twice", []string{"x-a", "X_A"}, `headers.request.remove[1] names "X_A" again`},
		{"a name beside its beginning", []string{"x-a", "x-a*"}, ""},
		{"too many", slices.Repeat([]string{"x-a"}, maxRemoved+1), `headers.request.remove has 65 entries`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			Compile(&document.Headers{Request: &document.RequestHeaders{Remove: c.remove}}, &p)
			switch err := p.Err(); {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want) || len(p.List()) != 1):
				t.Errorf("got %v, want one problem: %s", err, c.want)
			}
		})
	}
}

func TestKeep(t *testing.T) {
	var p document.Problems
	g := Compile(&document.Headers{Request: &document.RequestHeaders{Remove: []string{"x-a", "x-internal-*"}}}, &p)
	for header, found := range map[string]bool{"x-internal-key": true, "x_a": true, "x-internal": false, "x-ab": false} {
		var p document.Problems
		if g.Keep(header, "which is forwarded", &p); (p.Err() != nil) != found {
			t.Errorf("%s: %v", header, p.Err())
		}
	}
}

// A response that could not be looked at does not leave.
func TestHardenNeedsTheResponse(t *testing.T) {
	failure := errors.New("the host refuses")
	for name, section := range map[string]document.ResponseHeaders{
		"leaks": {Preset: "api", CacheControl: "none"}, "cookies": {Preset: "none", Cookies: &allOf}, "storing": {Preset: "none", CacheControl: "all"},
	} {
		w, r := answered("server: a"), newRequest()
		w.Before = func(call, _ string) error {
			if call == guardtest.Responses {
				return failure
			}
			return nil
		}
		r.World = w
		if err := compile(t, &section).Harden(r, false); !errors.Is(err, failure) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What one response was hardened by is no part of the next.
func TestHardenBeginsAnew(t *testing.T) {
	g := compile(t, &document.ResponseHeaders{Preset: "api", Cookies: &allOf})
	r := newRequest()
	leaves(t, g, r, answered("server: a", "set-cookie: secret=1"), false)
	if got := leaves(t, g, r, answered("content-type: text/plain"), false); got["set-cookie"] != nil {
		t.Errorf("the cookie of another response leaves: %q", got["set-cookie"])
	}
}

func TestAllocations(t *testing.T) {
	g := withNonce(t)
	hard := Compile(&document.Headers{Response: &document.ResponseHeaders{Preset: "api", Cookies: &allOf}}, new(document.Problems))
	w := answered("server: a", "x-powered-by: b", "content-type: text/html", "set-cookie: sid=1; Path=/", "set-cookie: t=2; Path=/; Secure")
	r := newRequest()
	for name, run := range map[string]func(){
		"nonce": func() {
			if v := g.Check(r); !v.Allows() || g.Harden(r, true) != nil {
				t.Error("refused")
			}
		},
		"leaks, cookies, storing": func() {
			if hard.Harden(r, false) != nil || len(r.Hardening) < 6 {
				t.Errorf("hardened by %v", r.Hardening)
			}
		},
	} {
		if n := testing.AllocsPerRun(100, func() {
			r.Reset()
			r.World = w
			run()
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

var sink guard.Edits

func BenchmarkHarden(b *testing.B) {
	g := Compile(&document.Headers{Response: &document.ResponseHeaders{Preset: "api", Cookies: &allOf}}, new(document.Problems))
	w, r := answered("server: a", "content-type: text/html", "content-length: 7", "date: x", "set-cookie: sid=1; Path=/"), newRequest()
	for b.Loop() {
		r.Reset()
		r.World = w
		if err := g.Harden(r, false); err != nil {
			b.Fatal(err)
		}
		sink = r.Hardening
	}
}
