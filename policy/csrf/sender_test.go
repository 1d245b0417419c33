package csrf

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

const trusting = `"trusted_origins": ["https://app.example.com", "https://app.example.com:8443", "capacitor://localhost", "http://[2001:DB8::1]:8080"]`

// sending is a request that changes something, and whether a section trusts
// others.
type sending struct {
	name   string
	trusts bool
	want   guard.Reason
	lines  []string
}

const withCookie = "cookie: session=1"

var byMetadata = []sending{ // by Fetch metadata
	{"the same origin", false, guard.Allowed, []string{withCookie, "sec-fetch-site: same-origin", "origin: https://api.example.com"}},
	{"who uses the browser himself", false, guard.Allowed, []string{withCookie, "sec-fetch-site: none"}},
	{"another host of the site", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-site", "origin: https://app.example.com"}},
	{"another site", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: cross-site", "origin: https://evil.example"}},
	{"another site that claims our origin", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: cross-site", "origin: https://api.example.com"}},
	{"another site, without cookies", false, guard.CrossSite, []string{"sec-fetch-site: cross-site", "origin: https://evil.example"}},
	{"a value of times to come", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-party", "origin: https://api.example.com"}},
	{"an empty value", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: "}},
	{"in other case", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: Same-Origin"}},
	{"with a parameter", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-origin;a=1"}},
	{"doubled", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-origin", "sec-fetch-site: same-origin"}},
	{"joined", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-origin,same-origin"}},
	{"oversized", false, guard.CrossSite, []string{withCookie, "sec-fetch-site: " + strings.Repeat("same-origin", 5000)}},

	{"a trusted origin", true, guard.Allowed, []string{withCookie, "sec-fetch-site: same-site", "origin: https://app.example.com"}},
	{"of another site", true, guard.Allowed, []string{withCookie, "sec-fetch-site: cross-site", "origin: capacitor://localhost"}},
	{"with its port", true, guard.Allowed, []string{withCookie, "sec-fetch-site: same-site", "origin: https://app.example.com:8443"}},
	{"with the scheme's port", true, guard.Allowed, []string{withCookie, "sec-fetch-site: same-site", "origin: https://app.example.com:443"}},
	{"an address", true, guard.Allowed, []string{withCookie, "sec-fetch-site: cross-site", "origin: http://[2001:db8:0::1]:8080"}},
	{"another port", true, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-site", "origin: https://app.example.com:8444"}},
	{"another scheme", true, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-site", "origin: http://app.example.com"}},
	{"a longer host", true, guard.CrossSite, []string{withCookie, "sec-fetch-site: cross-site", "origin: https://app.example.com.evil.example"}},
	{"a longer host before", true, guard.CrossSite, []string{withCookie, "sec-fetch-site: cross-site", "origin: https://evilapp.example.com"}},
	{"a trusted one that is doubled", true, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-site", "origin: https://app.example.com", "origin: https://app.example.com"}},
	{"a trusted one without Origin", true, guard.CrossSite, []string{withCookie, "sec-fetch-site: same-site", "referer: https://app.example.com/"}},
}

var byOrigins = []sending{ // by Origin
	{"Origin alone", false, guard.Allowed, []string{withCookie, "origin: https://api.example.com"}},
	{"with its own port", false, guard.Allowed, []string{withCookie, ":authority: api.example.com:443", "origin: https://api.example.com"}},
	{"with another port", false, guard.Allowed, []string{withCookie, ":authority: api.example.com:8443", "origin: https://api.example.com:8443"}},
	{"with a port that the request has not", false, guard.CrossSite, []string{withCookie, "origin: https://api.example.com:8443"}},
	{"in other case", false, guard.Allowed, []string{withCookie, ":authority: API.example.com", "origin: https://api.Example.com"}},
	{"an address", false, guard.Allowed, []string{withCookie, ":authority: [::1]:8443", "origin: https://[0:0::1]:8443"}},
	{"plain HTTP", false, guard.Allowed, []string{withCookie, ":scheme: http", "origin: http://api.example.com:80"}},
	{"a page of plain HTTP", false, guard.CrossSite, []string{withCookie, "origin: http://api.example.com"}},
	{"a scheme that is not known", false, guard.CrossSite, []string{withCookie, ":scheme: ws", "origin: ws://api.example.com"}},
	{"no scheme", false, guard.CrossSite, []string{withCookie, ":scheme: ", "origin: https://api.example.com"}},
	{"a trusted Origin", true, guard.Allowed, []string{withCookie, "origin: https://app.example.com"}},
	{"null", false, guard.CrossSite, []string{withCookie, "origin: null"}},
	{"null, where some are trusted", true, guard.CrossSite, []string{withCookie, "origin: null"}},
	{"empty", false, guard.CrossSite, []string{withCookie, "origin: "}},
	{"another", false, guard.CrossSite, []string{withCookie, "origin: https://evil.example"}},
	{"another, and our Referer", false, guard.CrossSite, []string{withCookie, "origin: https://evil.example", "referer: https://api.example.com/"}},
	{"doubled Origin", false, guard.CrossSite, []string{withCookie, "origin: https://api.example.com", "origin: https://api.example.com"}},
	{"joined Origin", false, guard.CrossSite, []string{withCookie, "origin: https://api.example.com,https://api.example.com"}},
	{"with a path", false, guard.CrossSite, []string{withCookie, "origin: https://api.example.com/"}},
	{"with userinfo", false, guard.CrossSite, []string{withCookie, "origin: https://api.example.com@evil.example"}},
	{"without a scheme", false, guard.CrossSite, []string{withCookie, "origin: api.example.com"}},
	{"a leading zero in the port", false, guard.CrossSite, []string{withCookie, "origin: https://api.example.com:0443"}},
	{"oversized Origin", false, guard.CrossSite, []string{withCookie, "origin: https://api.example.com" + strings.Repeat(".example", 2000)}},
}

var byReferers = []sending{ // by Referer, or by nothing
	{"Referer alone", false, guard.Allowed, []string{withCookie, "referer: https://api.example.com/a?b=https://evil.example#c"}},
	{"Referer without a path", false, guard.Allowed, []string{withCookie, "referer: https://api.example.com"}},
	{"Referer with a query alone", false, guard.Allowed, []string{withCookie, "referer: https://api.example.com?x"}},
	{"Referer of a trusted origin", true, guard.Allowed, []string{withCookie, "referer: https://app.example.com/page"}},
	{"another Referer", false, guard.CrossSite, []string{withCookie, "referer: https://evil.example/https://api.example.com/"}},
	{"Referer of plain HTTP", false, guard.CrossSite, []string{withCookie, "referer: http://api.example.com/"}},
	{"Referer with userinfo", false, guard.CrossSite, []string{withCookie, "referer: https://api.example.com@evil.example/"}},
	{"Referer with a backslash", false, guard.CrossSite, []string{withCookie, `referer: https://evil.example\@api.example.com/`}},
	{"Referer of no page", false, guard.CrossSite, []string{withCookie, "referer: about:blank"}},
	{"an empty Referer", false, guard.CrossSite, []string{withCookie, "referer: "}},
	{"doubled Referer", false, guard.CrossSite, []string{withCookie, "referer: https://api.example.com/", "referer: https://api.example.com/"}},
	{"oversized Referer", false, guard.Allowed, []string{withCookie, "referer: https://api.example.com/" + strings.Repeat("a", 10000)}},

	{"nothing, and a cookie", false, guard.OriginMissing, []string{"cookie: a=b"}},
	{"nothing, and a cookie without a value", false, guard.OriginMissing, []string{"cookie: a"}},
	{"nothing, and an empty field", false, guard.Allowed, []string{"cookie: ; "}},
	{"nothing at all", false, guard.Allowed, nil},
}

// TestSender: whose page may send a request that changes something.
func TestSender(t *testing.T) {
	own := sound(t, `"trusted_origins": ["own"]`, `, "public": true`)
	trusts := sound(t, strings.ToLower(trusting), `, "public": true`)
	for _, c := range slices.Concat(byMetadata, byOrigins, byReferers) {
		t.Run(c.name, func(t *testing.T) {
			set := own
			if c.trusts {
				set = trusts
			}
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "get", "TRACE", "CONNECT", "PURGE"} {
				r := request(t, method, c.lines...)
				if v := set.Check(r, set.NewState()); v.Reason != c.want || len(r.Upstream)+len(r.Response) > 0 {
					t.Errorf("%s: %v, want %v", method, v.Reason, c.want)
				}
			}
			for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
				if v := set.Check(request(t, method, c.lines...), set.NewState()); !v.Allows() {
					t.Errorf("%s: %v, want it to pass", method, v.Reason)
				}
			}
		})
	}
}

// TestSockets: the handshake of a WebSocket is a GET, comes with cookies from any
// page, and opens what the page then reads and writes.
func TestSockets(t *testing.T) {
	s := sound(t, `"trusted_origins": ["https://app.example.com"], `+tokens, `, "public": true`)
	for _, c := range []struct {
		name, method string
		want         guard.Reason
		lines        []string
	}{
		{"of our page, without a token", "GET", guard.Allowed, []string{"upgrade: websocket", "cookie: a=b", "origin: https://api.example.com"}},
		{"of a trusted page", "GET", guard.Allowed, []string{"upgrade: websocket", "cookie: a=b", "sec-fetch-site: same-site", "origin: https://app.example.com"}},
		{"of another page", "GET", guard.CrossSite, []string{"upgrade: WebSocket", "cookie: a=b", "origin: https://evil.example"}},
		{"in a list", "GET", guard.CrossSite, []string{"upgrade: h2c, websocket", "cookie: a=b", "origin: https://evil.example"}},
		{"doubled", "GET", guard.CrossSite, []string{"upgrade: h2c", "upgrade: websocket", "cookie: a=b", "origin: https://evil.example"}},
		{"of no page, with cookies", "GET", guard.OriginMissing, []string{"upgrade: websocket", "cookie: a=b"}},
		{"of a program", "GET", guard.Allowed, []string{"upgrade: websocket"}},
		{"another upgrade", "GET", guard.Allowed, []string{"upgrade: h2c", "cookie: a=b", "origin: https://evil.example"}},
		{"with a method that opens none", "POST", guard.CSRFTokenMissing, []string{"upgrade: websocket", "cookie: a=b", "origin: https://api.example.com"}},
	} {
		if v := s.Check(request(t, c.method, c.lines...), s.NewState()); v.Reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, v.Reason, c.want)
		}
	}
}
