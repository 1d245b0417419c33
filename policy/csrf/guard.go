package csrf

import (
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/origin"
)

// Guard judges the requests of one route. It is immutable. A nil *Guard denies;
// Set.Check asks none of a route that is exempt.
type Guard struct {
	section
	// reader finds the credentials of the route's identities, and headers are those
	// of their places that exempt; nil where there is none.
	reader  *credential.Reader
	headers []credential.Source
}

// section is what one section of the document asks.
type section struct {
	trusted []origin.Origin
	token   *token // nil: none is asked for
}

// readCookies reads the cookies that the section names.
func (s *section) readCookies(r *guard.Request) cookies {
	if s.token == nil {
		return readCookies(r, "", "")
	}
	return readCookies(r, s.token.cookie, s.token.session)
}

// Check judges a request by the guard of its route. st is the worker's.
func (s *Set) Check(r *guard.Request, st *State) guard.Verdict {
	if s == nil {
		return guard.Allow()
	}
	if r.Route < 0 || r.Route >= len(s.routes) {
		return guard.Verdict{}
	}
	if g := s.routes[r.Route]; g != nil {
		return g.check(r, st)
	}
	return guard.Allow()
}

func (g *Guard) check(r *guard.Request, st *State) guard.Verdict {
	socket := opensSocket(r)
	if safe(r.Method) && !socket {
		return guard.Allow()
	}
	c := g.readCookies(r)
	if g.exempts(r, &c) {
		return guard.Allow()
	}
	switch sent(r, g.trusted) {
	case itself, trusted:
	case unsaid:
		if c.any {
			return guard.Deny(guard.OriginMissing)
		}
	default:
		return guard.Deny(guard.CrossSite)
	}
	if g.token == nil || socket { // no page can send a header with a handshake
		return guard.Allow()
	}
	return g.token.check(r, &c, st)
}

// safe tells whether a method changes nothing (RFC 9110 section 9.2.1). TRACE is
// left out: no browser sends it.
func safe(method string) bool { return method == "GET" || method == "HEAD" || method == "OPTIONS" }

// opensSocket tells whether a request is the handshake of a WebSocket, which any
// page may send to any site and then read (RFC 6455 section 10.2). Envoy shows one
// over HTTP/2 in the same form.
func opensSocket(r *guard.Request) bool {
	if r.Method != "GET" {
		return false
	}
	for i := range r.Headers {
		if r.Headers[i].Name == "upgrade" && names(r.Headers[i].Value, "websocket") {
			return true
		}
	}
	return false
}

// names tells whether a list names a protocol.
func names(list, protocol string) bool {
	for more := true; more; {
		var one string
		if one, list, more = strings.Cut(list, ","); strings.EqualFold(trim(one), protocol) {
			return true
		}
	}
	return false
}

// exempts tells whether the one credential of a request stands in a header that
// no browser sends by itself. With a session of the section beside it, or with
// a second credential, it is not known what the upstream goes by.
func (g *Guard) exempts(r *guard.Request, c *cookies) bool {
	if g.reader == nil || c.session.exact+c.session.similar > 0 {
		return false
	}
	shown, count := g.reader.Read(r)
	return count == 1 && slices.Contains(g.headers, shown.Source)
}
