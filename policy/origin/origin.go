// Package origin reads the origins of web pages. It holds no state.
package origin

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

// Origin is scheme, host and port in their one spelling: lower case, and no port
// where it is the scheme's own (RFC 6454 section 4, RFC 3986 section 6.2.3). The
// zero value is no origin and equals none that Parse returns.
type Origin struct{ Scheme, Host, Port string }

// Parse reads an origin as browsers write it (RFC 6454 section 6.2). ok is
// false for null, for a list, and for anything behind the port.
func Parse(text string, scratch *guard.Scratch) (o Origin, ok bool) {
	scheme, authority, found := strings.Cut(text, "://")
	if !found {
		return Origin{}, false
	}
	return assemble(scheme, authority, scratch)
}

// ParseReferer reads the origin of an address (RFC 9110 section 10.1.3).
func ParseReferer(text string, scratch *guard.Scratch) (o Origin, ok bool) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return Origin{}, false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return assemble(scheme, rest, scratch)
}

// assemble joins the parts of an origin. ParseHost takes nothing but one host and
// one port, so that userinfo, backslashes and commas are refused there.
func assemble(scheme, authority string, scratch *guard.Scratch) (o Origin, ok bool) {
	host, ok := hygiene.ParseHost(authority, scratch)
	if !ok || !isScheme(scheme) {
		return Origin{}, false
	}
	port, ok := portOf(scheme, authority)
	return Origin{scheme, host, port}, ok
}

// portOf returns the port of a sound authority; empty where it is the scheme's
// own. No browser writes one with a leading zero.
func portOf(scheme, authority string) (port string, ok bool) {
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		port = authority[i+1:]
	}
	switch {
	case strings.HasPrefix(port, "0"):
		return "", false
	case scheme == "https" && port == "443", scheme == "http" && port == "80":
		return "", true
	}
	return port, true
}

// Own is that of the request itself: what the proxy says of the scheme, and
// the host that hygiene has judged.
func Own(r *guard.Request) (o Origin, ok bool) {
	if r.Scheme != "http" && r.Scheme != "https" || r.Host == "" {
		return Origin{}, false
	}
	port, ok := portOf(r.Scheme, r.Authority)
	return Origin{r.Scheme, r.Host, port}, ok
}

// isScheme tells whether s is a scheme in lower case (RFC 3986 section 3.1). Apps
// that show web pages have schemes of their own, such as capacitor.
func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if letter := c >= 'a' && c <= 'z'; !letter && (i == 0 || !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}
