package cors

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/routes"
)

// The headers of a preflight.
const (
	askedMethod  = "access-control-request-method"
	askedHeaders = "access-control-request-headers"
	askedPrivate = "access-control-request-private-network"
)

// The bounds of the headers that a preflight asks for: bytes of all fields, and
// elements, empty ones included.
const (
	maxAskedBytes = 4096
	maxAsked      = 64
)

// answer is the answer to every preflight that is allowed; what it allows is
// added when the response is hardened.
var answer = &guard.Reply{Status: 204}

// Preflight answers a browser that asks whether a page may send a request (Fetch
// standard, section 4.8), in the name of the route that would take it. What is no
// preflight, or has a route without CORS or none, goes on.
func (s *Set) Preflight(r *guard.Request, table *routes.Table) guard.Verdict {
	if s == nil || r.Method != "OPTIONS" {
		return guard.Allow()
	}
	method, methods := r.Get(askedMethod)
	if _, origins := r.Get("origin"); methods == 0 || origins == 0 {
		return guard.Allow()
	}
	route := table.Find(r, method)
	taken := route >= 0
	if !taken {
		route = table.Find(r, r.Method) // nor does it go upstream by a route that takes OPTIONS
	}
	g := s.at(route)
	if g == nil {
		return guard.Allow() // the routes say what it is
	}
	r.Route, r.Page.Preflight = route, true
	if !taken || methods != 1 || !g.grants(r, method) {
		return guard.Deny(guard.PreflightDenied)
	}
	return guard.Serve(answer)
}

// grants tells whether a page may send a request as it is asked for, and settles
// what the answer says. That is what was asked for and nothing else: a browser
// remembers it for the whole address, of which another method may be another
// route's, with other CORS.
func (g *Guard) grants(r *guard.Request, method string) bool {
	origin, count := r.Get("origin")
	if count != 1 || g.origins.any && !isOrigin(origin, &r.Scratch) {
		return false
	}
	var told, headers string
	for _, m := range g.methods {
		if m == method { // methods are case-sensitive (RFC 9110 section 9.1)
			told = m
		}
	}
	headers, ok := g.asked(r)
	if told == "" || !ok || !g.settle(r) {
		return false
	}
	private, count := r.Get(askedPrivate)
	r.Page.Method, r.Page.Headers, r.Page.Private = told, headers, g.private && count == 1 && private == "true"
	return true
}

// asked returns the headers that a preflight asks for, in lower case, if the page
// may send all of them.
func (g *Guard) asked(r *guard.Request) (told string, ok bool) {
	list := askedList{b: r.Scratch.Free()}
	for i := range r.Headers {
		if h := &r.Headers[i]; h.Name == askedHeaders && !list.read(h.Value, g) {
			return "", false
		}
	}
	return r.Scratch.Keep(list.b), true
}

// askedList is what was read so far.
type askedList struct {
	b               []byte
	bytes, elements int
}

// read reads one field; repeated ones are one list (RFC 9110 section 5.3). It is
// not ok where the page may not send a header.
func (l *askedList) read(field string, g *Guard) (ok bool) {
	if l.bytes += len(field); l.bytes > maxAskedBytes {
		return false
	}
	for more := true; more; {
		var name string
		if name, field, more = strings.Cut(field, ","); l.elements == maxAsked {
			return false
		}
		l.elements++
		if name = trim(name); name != "" && !g.takes(l.add(name)) { // empty ones: RFC 9110 section 5.6.1.2
			return false
		}
	}
	return true
}

// add appends a name and returns it in lower case. It is valid until the next.
func (l *askedList) add(name string) []byte {
	if len(l.b) > 0 {
		l.b = append(l.b, ", "...)
	}
	start := len(l.b)
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		l.b = append(l.b, c)
	}
	return l.b[start:]
}

// takes tells whether a page may send a header, by its name in lower case. The
// compiler makes no strings of it. "*" stands for all but Authorization (Fetch
// standard, section 2.2.2: CORS non-wildcard request-header name).
func (g *Guard) takes(name []byte) bool {
	for i := range g.headers {
		if g.headers[i] == string(name) {
			return true
		}
	}
	return isHarmless(name) || g.anyHeader && string(name) != authorization && isToken(name)
}

const authorization = "authorization"

// isHarmless tells of a header whether every page may send it, whatever its
// value: a browser asks for one only where its value is long or odd (Fetch
// standard, section 2.2.2: CORS-safelisted request-header). content-type and
// range are not among them: asked for, they are the JSON of a foreign page, or a
// part of a file.
func isHarmless(name []byte) bool {
	switch string(name) {
	case "accept", "accept-language", "content-language":
		return true
	}
	return false
}

// isToken tells whether a text is a token (RFC 9110 section 5.6.2).
func isToken(s []byte) bool {
	for _, c := range s {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return len(s) > 0
}

// trim takes away optional whitespace (RFC 9110 section 5.6.3).
func trim(s string) string { return strings.Trim(s, " \t") }
