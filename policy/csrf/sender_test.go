package csrf

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

const trusting = `"trusted_origins": ["https://app.example.com", "https://app.example.com:8443", "capacitor://localhost", "http://[2001:DB8::1]:8080"]`

// TestSender: whose page may send a request that changes something.
func TestSender(t *testing.T) {
	own := sound(t, `"trusted_origins": ["own"]`, `, "public": true`)
	trusts := sound(t, strings.ToLower(trusting), `, "public": true`)
	const cookie = "cookie: session=1"
	for _, c := range []struct {
		name  string
		set   *Set
		want  guard.Reason
		lines []string
	}{
		{"the same origin", own, guard.Allowed, []string{cookie, "sec-fetch-site: same-origin", "origin: https://api.example.com"}},
		{"who uses the browser himself", own, guard.Allowed, []string{cookie, "sec-fetch-site: none"}},
		{"another host of the site", own, guard.CrossSite, []string{cookie, "sec-fetch-site: same-site", "origin: https://app.example.com"}},
		{"another site", own, guard.CrossSite, []string{cookie, "sec-fetch-site: cross-site", "origin: https://evil.example"}},
		{"another site that claims our origin", own, guard.CrossSite, []string{cookie, "sec-fetch-site: cross-site", "origin: https://api.example.com"}},
		{"another site, without cookies", own, guard.CrossSite, []string{"sec-fetch-site: cross-site", "origin: https://evil.example"}},
		{"a value of times to come", own, guard.CrossSite, []string{cookie, "sec-fetch-site: same-party", "origin: https://api.example.com"}},
		{"an empty value", own, guard.CrossSite, []string{cookie, "sec-fetch-site: "}},
		{"in other case", own, guard.CrossSite, []string{cookie, "sec-fetch-site: Same-Origin"}},
		{"with a parameter", own, guard.CrossSite, []string{cookie, "sec-fetch-site: same-origin;a=1"}},
		{"doubled", own, guard.CrossSite, []string{cookie, "sec-fetch-site: same-origin", "sec-fetch-site: same-origin"}},
		{"joined", own, guard.CrossSite, []string{cookie, "sec-fetch-site: same-origin,same-origin"}},
		{"oversized", own, guard.CrossSite, []string{cookie, "sec-fetch-site: " + strings.Repeat("same-origin", 5000)}},

		{"a trusted origin", trusts, guard.Allowed, []string{cookie, "sec-fetch-site: same-site", "origin: https://app.example.com"}},
		{"of another site", trusts, guard.Allowed, []string{cookie, "sec-fetch-site: cross-site", "origin: capacitor://localhost"}},
		{"with its port", trusts, guard.Allowed, []string{cookie, "sec-fetch-site: same-site", "origin: https://app.example.com:8443"}},
		{"with the scheme's port", trusts, guard.Allowed, []string{cookie, "sec-fetch-site: same-site", "origin: https://app.example.com:443"}},
		{"an address", trusts, guard.Allowed, []string{cookie, "sec-fetch-site: cross-site", "origin: http://[2001:db8:0::1]:8080"}},
		{"another port", trusts, guard.CrossSite, []string{cookie, "sec-fetch-site: same-site", "origin: https://app.example.com:8444"}},
		{"another scheme", trusts, guard.CrossSite, []string{cookie, "sec-fetch-site: same-site", "origin: http://app.example.com"}},
		{"a longer host", trusts, guard.CrossSite, []string{cookie, "sec-fetch-site: cross-site", "origin: https://app.example.com.evil.example"}},
		{"a longer host before", trusts, guard.CrossSite, []string{cookie, "sec-fetch-site: cross-site", "origin: https://evilapp.example.com"}},
		{"a trusted one that is doubled", trusts, guard.CrossSite, []string{cookie, "sec-fetch-site: same-site", "origin: https://app.example.com", "origin: https://app.example.com"}},
		{"a trusted one without Origin", trusts, guard.CrossSite, []string{cookie, "sec-fetch-site: same-site", "referer: https://app.example.com/"}},

		{"Origin alone", own, guard.Allowed, []string{cookie, "origin: https://api.example.com"}},
		{"with its own port", own, guard.Allowed, []string{cookie, ":authority: api.example.com:443", "origin: https://api.example.com"}},
		{"with another port", own, guard.Allowed, []string{cookie, ":authority: api.example.com:8443", "origin: https://api.example.com:8443"}},
		{"with a port that the request has not", own, guard.CrossSite, []string{cookie, "origin: https://api.example.com:8443"}},
		{"in other case", own, guard.Allowed, []string{cookie, ":authority: API.example.com", "origin: https://api.Example.com"}},
		{"an address", own, guard.Allowed, []string{cookie, ":authority: [::1]:8443", "origin: https://[0:0::1]:8443"}},
		{"plain HTTP", own, guard.Allowed, []string{cookie, ":scheme: http", "origin: http://api.example.com:80"}},
		{"a page of plain HTTP", own, guard.CrossSite, []string{cookie, "origin: http://api.example.com"}},
		{"a scheme that is not known", own, guard.CrossSite, []string{cookie, ":scheme: ws", "origin: ws://api.example.com"}},
		{"no scheme", own, guard.CrossSite, []string{cookie, ":scheme: ", "origin: https://api.example.com"}},
		{"a trusted Origin", trusts, guard.Allowed, []string{cookie, "origin: https://app.example.com"}},
		{"null", own, guard.CrossSite, []string{cookie, "origin: null"}},
		{"null, where some are trusted", trusts, guard.CrossSite, []string{cookie, "origin: null"}},
		{"empty", own, guard.CrossSite, []string{cookie, "origin: "}},
		{"another", own, guard.CrossSite, []string{cookie, "origin: https://evil.example"}},
		{"another, and our Referer", own, guard.CrossSite, []string{cookie, "origin: https://evil.example", "referer: https://api.example.com/"}},
		{"doubled Origin", own, guard.CrossSite, []string{cookie, "origin: https://api.example.com", "origin: https://api.example.com"}},
		{"joined Origin", own, guard.CrossSite, []string{cookie, "origin: https://api.example.com,https://api.example.com"}},
		{"with a path", own, guard.CrossSite, []string{cookie, "origin: https://api.example.com/"}},
		{"with userinfo", own, guard.CrossSite, []string{cookie, "origin: https://api.example.com@evil.example"}},
		{"without a scheme", own, guard.CrossSite, []string{cookie, "origin: api.example.com"}},
		{"a leading zero in the port", own, guard.CrossSite, []string{cookie, "origin: https://api.example.com:0443"}},
		{"oversized Origin", own, guard.CrossSite, []string{cookie, "origin: https://api.example.com" + strings.Repeat(".example", 2000)}},

		{"Referer alone", own, guard.Allowed, []string{cookie, "referer: https://api.example.com/a?b=https://evil.example#c"}},
		{"Referer without a path", own, guard.Allowed, []string{cookie, "referer: https://api.example.com"}},
		{"Referer with a query alone", own, guard.Allowed, []string{cookie, "referer: https://api.example.com?x"}},
		{"Referer of a trusted origin", trusts, guard.Allowed, []string{cookie, "referer: https://app.example.com/page"}},
		{"another Referer", own, guard.CrossSite, []string{cookie, "referer: https://evil.example/https://api.example.com/"}},
		{"Referer of plain HTTP", own, guard.CrossSite, []string{cookie, "referer: http://api.example.com/"}},
		{"Referer with userinfo", own, guard.CrossSite, []string{cookie, "referer: https://api.example.com@evil.example/"}},
		{"Referer with a backslash", own, guard.CrossSite, []string{cookie, `referer: https://evil.example\@api.example.com/`}},
		{"Referer of no page", own, guard.CrossSite, []string{cookie, "referer: about:blank"}},
		{"an empty Referer", own, guard.CrossSite, []string{cookie, "referer: "}},
		{"doubled Referer", own, guard.CrossSite, []string{cookie, "referer: https://api.example.com/", "referer: https://api.example.com/"}},
		{"oversized Referer", own, guard.Allowed, []string{cookie, "referer: https://api.example.com/" + strings.Repeat("a", 10000)}},

		{"nothing, and a cookie", own, guard.OriginMissing, []string{"cookie: a=b"}},
		{"nothing, and a cookie without a value", own, guard.OriginMissing, []string{"cookie: a"}},
		{"nothing, and an empty field", own, guard.Allowed, []string{"cookie: ; "}},
		{"nothing at all", own, guard.Allowed, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "get", "TRACE", "CONNECT", "PURGE"} {
				r := request(t, method, c.lines...)
				if v := c.set.Check(r, c.set.NewState()); v.Reason != c.want || len(r.Upstream)+len(r.Response) > 0 {
					t.Errorf("%s: %v, want %v", method, v.Reason, c.want)
				}
			}
			for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
				if v := c.set.Check(request(t, method, c.lines...), c.set.NewState()); !v.Allows() {
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
