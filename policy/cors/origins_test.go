package cors

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/guard"
)

// TestOrigins: which origins the section of the tests names.
func TestOrigins(t *testing.T) {
	s := sound(t, named, anyRoute)
	for text, want := range map[string]bool{
		"https://app.example.com": true, "https://app.example.com:443": true, "https://a.example.org": true, "https://a.b.example.org": true,
		"https://a.example.org:443": true, "http://dev.example.com:3000": true, "https://APP.example.com": true,

		"http://app.example.com": false, "https://app.example.com:80": false, "https://app.example.com:8443": false, "http://dev.example.com": false,
		"https://example.org": false, "https://.example.org": false, "https://a..example.org": false, "https://aexample.org": false,
		"https://a.example.org.evil.net": false, "https://a.example.org:8443": false, "http://a.example.org": false,
		"https://a.example.org/": false, "https://evil.net/a.example.org": false, "https://evil.net#a.example.org": false,
		"https://evil.net\\a.example.org": false, "https://evil.net@a.example.org": false, "https://a.example.org@evil.net": false,
		"https://evil.net,https://a.example.org": false, "https://app.example.com,https://app.example.com": false,
		"https://app.example.com ": false, " https://app.example.com": false, "https://app.example.com\x00": false,
		"https://*.example.org": false, "https://[::1].example.org": false, "https://app.example.com.": false,
		"HTTPS://app.example.com": false, "app.example.com": false, "null": false, "": false, "*": false,
		"https://" + strings.Repeat("a.", 150) + "example.org": false,
	} {
		var scratch guard.Scratch
		told, ok := s.set.at(0).origins.named(text, &scratch)
		if ok != want || ok && told != text || !ok && told != "" {
			t.Errorf("%q: %q, %t", text, told, ok)
		}
	}
}

// reads is an origin by Go's parser of addresses, as an oracle: scheme, host and
// port; empty where the text is no origin.
func reads(text string) (scheme, host, port string) {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Path+u.RawQuery+u.Fragment+u.Opaque != "" || u.Host == "" {
		return "", "", ""
	}
	scheme, host, port = u.Scheme, strings.ToLower(u.Hostname()), u.Port()
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		port = ""
	}
	return scheme, host, port
}

// mayRead is what the section of the tests says, in words of Go's parser.
func mayRead(text string) bool {
	scheme, host, port := reads(text)
	return scheme == "https" && port == "" && (host == "app.example.com" || strings.HasSuffix(host, ".example.org") && host != ".example.org") ||
		scheme == "http" && host == "dev.example.com" && port == "3000"
}

// TestNoForeignOriginIsTold: whatever a page writes into Origin, a response and a
// preflight name it only where Go's parser sees an origin of the section.
func TestNoForeignOriginIsTold(t *testing.T) {
	s := sound(t, named+`, "credentials": true`, anyRoute)
	part := rapid.SampledFrom([]string{"https", "http", "://", ":", "/", "//", "app", "evil", "example", "com", "org", "net", ".", "..", ".example.org",
		".example.com", "app.example.com", "dev.example.com", ":443", ":80", ":3000", "@", "#", "?", "\\", ",", " ", "\t", "\x00", "%2e", "*", "null", "[::1]", "A", "-", "_"})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.Map(rapid.SliceOfN(part, 0, 8), func(parts []string) string { return strings.Join(parts, "") }),
			rapid.Map(rapid.SliceOfN(part, 0, 4), func(parts []string) string { return "https://" + strings.Join(parts, "") }),
			rapid.String(),
		).Draw(t, "origin")
		for _, r := range []*guard.Request{
			{Method: "GET", Headers: []guard.Header{{Name: "origin", Value: text}}},
			{Method: "OPTIONS", Headers: []guard.Header{{Name: "origin", Value: text}, {Name: askedMethod, Value: "GET"}}},
		} {
			r.Path = "/a"
			v := s.ask(r)
			if told := r.Page.Origin; told != "" && (told != text || !mayRead(text)) {
				t.Fatalf("%s %q is told %q", r.Method, text, told)
			}
			if r.Method == "OPTIONS" && v.Serves() != (r.Page.Origin != "") {
				t.Fatalf("%q: %s, told %q", text, v.Reason, r.Page.Origin)
			}
		}
	})
}

var originSeeds = []string{
	"", "null", "https://app.example.com", "https://app.example.com:443", "http://dev.example.com:3000", "https://a.example.org",
	"https://a.example.org.evil.net", "https://evil.net/.example.org", "https://u:p@a.example.org", `https://evil.net\.example.org`,
	"https://a.example.org,https://b.example.org", "HTTPS://A.EXAMPLE.ORG", "https://[::1]", "https://a.example.org:0443", "https://a.example.org#",
}

// FuzzOrigin: no text panics, and one is named only where Go's parser sees an
// origin of the section.
func FuzzOrigin(f *testing.F) {
	for _, s := range originSeeds {
		f.Add(s)
	}
	s := sound(f, named, anyRoute)
	f.Fuzz(func(t *testing.T, text string) {
		var scratch guard.Scratch
		if told, ok := s.set.at(0).origins.named(text, &scratch); ok && (told != text || !mayRead(text)) {
			t.Fatalf("%q is told %q", text, told)
		}
	})
}

var askedSeeds = []string{"", "x-a", "X-A, content-type", ",,x-a", "x-b", "x-a\r\nx-b", "x-a\x00", "accept", strings.Repeat("x-a,", 70), "x-a;x-a", "\tx-a ", "*"}

// FuzzAskedHeaders: no list panics, and what is told are headers of the section,
// each a token.
func FuzzAskedHeaders(f *testing.F) {
	for _, s := range askedSeeds {
		f.Add(s)
	}
	some, any := sound(f, putSection, anyRoute).set.at(0), sound(f, `"origins": ["*"], "request_headers": ["*"]`, anyRoute).set.at(0)
	f.Fuzz(func(t *testing.T, list string) {
		r := &guard.Request{Headers: []guard.Header{{Name: askedHeaders, Value: list}}}
		if told, ok := some.asked(r); ok && told != "" {
			for name := range strings.SplitSeq(told, ", ") {
				if !slices.Contains([]string{"content-type", "x-a", "accept", "accept-language", "content-language"}, name) {
					t.Fatalf("%q is told %q", list, told)
				}
			}
		}
		if told, ok := any.asked(r); ok && (strings.ContainsAny(told, "\r\n\x00;") || strings.Contains(told, "authorization")) {
			t.Fatalf("%q is told %q", list, told)
		}
	})
}

func TestSeedsAreThere(t *testing.T) {
	if len(originSeeds) < 15 || len(askedSeeds) < 12 {
		t.Errorf("%d and %d seeds", len(originSeeds), len(askedSeeds))
	}
}
