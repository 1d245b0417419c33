package csrf

import (
	"net/url"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

func TestParseOrigin(t *testing.T) {
	for _, c := range []struct {
		text string
		want origin
		ok   bool
	}{
		{"https://a.example", origin{"https", "a.example", ""}, true},
		{"https://A.example:443", origin{"https", "a.example", ""}, true},
		{"http://a.example:443", origin{"http", "a.example", "443"}, true},
		{"http://a.example:80", origin{"http", "a.example", ""}, true},
		{"https://[2001:DB8:0::1]:8443", origin{"https", "[2001:db8::1]", "8443"}, true},
		{"https://[2001:db8::1]", origin{"https", "[2001:db8::1]", ""}, true},
		{"chrome-extension://abcdefghijklmnop", origin{"chrome-extension", "abcdefghijklmnop", ""}, true},
		{"", origin{}, false}, {"null", origin{}, false}, {"https://", origin{}, false}, {"://a.example", origin{}, false},
		{"HTTPS://a.example", origin{}, false}, {"1a://a.example", origin{}, false}, {"ht tp://a.example", origin{}, false},
		{"https://a.example/", origin{}, false}, {"https://a.example?", origin{}, false}, {"https://a.example#", origin{}, false},
		{"https://a.example:", origin{}, false}, {"https://a.example:0", origin{}, false}, {"https://a.example:0443", origin{}, false},
		{"https://a.example:65536", origin{}, false}, {"https://u@a.example", origin{}, false}, {"https://a.example b", origin{}, false},
		{"https://a.example,https://a.example", origin{}, false}, {" https://a.example", origin{}, false}, {"https://a.example ", origin{}, false},
		{"https://a.example.", origin{}, false}, {"https://*.example", origin{}, false}, {`https://a.example\b`, origin{}, false},
		{"https://xn--bcher-kva.example", origin{"https", "xn--bcher-kva.example", ""}, true}, {"https://bücher.example", origin{}, false},
	} {
		var scratch guard.Scratch
		if got, ok := parseOrigin(c.text, &scratch); ok != c.ok || ok && got != c.want {
			t.Errorf("%q: %+v, %t", c.text, got, ok)
		}
	}
}

var originSeeds = []string{
	"", "null", "https://a.example", "https://a.example:443/x?y#z", "http://[::1]:80", "https://u:p@a.example/", `https://a.example\@b.example/`,
	"https://a.example:0443", "HTTPS://A.EXAMPLE", "https://a.example,https://b.example", "about:blank", "https:///x", "https://?x", "https://#",
}

// FuzzOrigin: nothing panics, and a text that has an origin for us has the same
// one for Go's parser of addresses.
func FuzzOrigin(f *testing.F) {
	for _, s := range originSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var scratch guard.Scratch
		o, ok := parseOrigin(text, &scratch)
		page, paged := parseReferer(text, &scratch)
		if ok && (!paged || page != o) {
			t.Fatalf("%q: as an origin %+v, as an address %+v, %t", text, o, page, paged)
		}
		if !paged {
			return
		}
		if again, sound := parseReferer(text+"/p?q=https://evil.example/", &scratch); !strings.ContainsAny(text, "?#") && (!sound || again != page) {
			t.Fatalf("%q: what follows changes %+v to %+v", text, page, again)
		}
		u, err := url.Parse(text)
		if err != nil {
			return // a path that it does not read
		}
		port := u.Port()
		if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
			port = ""
		}
		if u.User != nil || u.Scheme != page.scheme || port != page.port {
			t.Fatalf("%q: %+v, Go reads %+v", text, page, u)
		}
		if !strings.HasPrefix(page.host, "[") && strings.ToLower(u.Hostname()) != page.host {
			t.Fatalf("%q: host %q, Go reads %q", text, page.host, u.Hostname())
		}
	})
}

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
	if len(cookieSeeds) < 10 || len(originSeeds) < 10 {
		t.Errorf("%d and %d seeds", len(cookieSeeds), len(originSeeds))
	}
}
