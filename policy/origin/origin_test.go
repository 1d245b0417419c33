package origin

import (
	"net/url"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

func TestParseOrigin(t *testing.T) {
	for _, c := range []struct {
		text string
		want Origin
		ok   bool
	}{
		{"https://a.example", Origin{"https", "a.example", ""}, true},
		{"https://A.example:443", Origin{"https", "a.example", ""}, true},
		{"http://a.example:443", Origin{"http", "a.example", "443"}, true},
		{"http://a.example:80", Origin{"http", "a.example", ""}, true},
		{"https://[2001:DB8:0::1]:8443", Origin{"https", "[2001:db8::1]", "8443"}, true},
		{"https://[2001:db8::1]", Origin{"https", "[2001:db8::1]", ""}, true},
		{"chrome-extension://abcdefghijklmnop", Origin{"chrome-extension", "abcdefghijklmnop", ""}, true},
		{"", Origin{}, false}, {"null", Origin{}, false}, {"https://", Origin{}, false}, {"://a.example", Origin{}, false},
		{"HTTPS://a.example", Origin{}, false}, {"1a://a.example", Origin{}, false}, {"ht tp://a.example", Origin{}, false},
		{"https://a.example/", Origin{}, false}, {"https://a.example?", Origin{}, false}, {"https://a.example#", Origin{}, false},
		{"https://a.example:", Origin{}, false}, {"https://a.example:0", Origin{}, false}, {"https://a.example:0443", Origin{}, false},
		{"https://a.example:65536", Origin{}, false}, {"https://u@a.example", Origin{}, false}, {"https://a.example b", Origin{}, false},
		{"https://a.example,https://a.example", Origin{}, false}, {" https://a.example", Origin{}, false}, {"https://a.example ", Origin{}, false},
		{"https://a.example.", Origin{}, false}, {"https://*.example", Origin{}, false}, {`https://a.example\b`, Origin{}, false},
		{"https://xn--bcher-kva.example", Origin{"https", "xn--bcher-kva.example", ""}, true}, {"https://bücher.example", Origin{}, false},
	} {
		var scratch guard.Scratch
		if got, ok := Parse(c.text, &scratch); ok != c.ok || ok && got != c.want {
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
		o, ok := Parse(text, &scratch)
		page, paged := ParseReferer(text, &scratch)
		if ok && (!paged || page != o) {
			t.Fatalf("%q: as an origin %+v, as an address %+v, %t", text, o, page, paged)
		}
		if !paged {
			return
		}
		if again, sound := ParseReferer(text+"/p?q=https://evil.example/", &scratch); !strings.ContainsAny(text, "?#") && (!sound || again != page) {
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
		if u.User != nil || u.Scheme != page.Scheme || port != page.Port {
			t.Fatalf("%q: %+v, Go reads %+v", text, page, u)
		}
		if !strings.HasPrefix(page.Host, "[") && strings.ToLower(u.Hostname()) != page.Host {
			t.Fatalf("%q: host %q, Go reads %q", text, page.Host, u.Hostname())
		}
	})
}

func TestSeedsAreThere(t *testing.T) {
	if len(originSeeds) < 10 {
		t.Errorf("%d seeds", len(originSeeds))
	}
}
