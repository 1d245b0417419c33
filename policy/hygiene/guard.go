package hygiene

import (
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard is the compiled hygiene section. It is immutable.
type Guard struct {
	maxFields     int // header fields, pseudo-headers included
	maxField      int // bytes of one field: name and value
	maxFieldsSize int // bytes of all fields
	maxTarget     int // bytes of :path, query included
	parameters    bool
	own           ownNames
}

// Compile makes the guard. own is every header name that the policy sets
// itself on the way upstream; inbound copies of them, and of the headers in
// Overrides, are removed. The bounds come from a parsed document, whose
// defaults are filled in; a bound of zero refuses every request.
func Compile(h document.Hygiene, own []string) *Guard {
	return &Guard{
		maxFields:     h.MaxHeaders,
		maxField:      int(h.MaxHeaderSize),
		maxFieldsSize: int(h.MaxHeadersSize),
		maxTarget:     int(h.MaxPathSize),
		parameters:    h.AllowPathParameters,
		own:           newOwnNames(append(Overrides(), own...)),
	}
}

// Check sets r.Host, r.Path and r.Query, and records in r.Upstream the removal
// of inbound copies of the policy's own headers. It denies with BadMethod,
// BadHost, BadPath, BadHeader, TooManyHeaders or HeadersTooLarge. A value that
// it refuses is left empty, and everything else is set and recorded even then.
func (g *Guard) Check(r *guard.Request) guard.Verdict {
	fields := g.checkFields(r) // first: it also strips
	host := g.checkHost(r)
	target := g.checkTarget(r)
	switch {
	case !ValidMethod(r.Method):
		return guard.Deny(guard.BadMethod)
	case host != guard.Allowed:
		return guard.Deny(host)
	case target != guard.Allowed:
		return guard.Deny(target)
	case fields != guard.Allowed:
		return guard.Deny(fields)
	}
	return guard.Allow()
}

// checkHost sets r.Host.
func (g *Guard) checkHost(r *guard.Request) guard.Reason {
	var ok bool
	if r.Host, ok = ParseHost(r.Authority, &r.Scratch); !ok {
		return guard.BadHost
	}
	return guard.Allowed
}

// checkTarget sets r.Path and r.Query. A target that is too long is not even
// looked at; :path is a header field, so the status is that of fields.
func (g *Guard) checkTarget(r *guard.Request) guard.Reason {
	r.Path, r.Query = "", ""
	if len(r.Target) > g.maxTarget {
		return guard.HeadersTooLarge
	}
	raw, query, _ := strings.Cut(r.Target, "?")
	path, ok := NormalizePath(raw, &r.Scratch, g.parameters)
	if !ok || !validQuery(query) {
		return guard.BadPath
	}
	r.Path, r.Query = path, query
	return guard.Allowed
}

// validQuery refuses what cannot stand in a request target at all: controls
// and spaces (they would split a request line), '#' (a fragment never comes to
// a server, RFC 9112 section 3.2) and bytes that are not ASCII. Everything
// else of the query is for the upstream.
func validQuery(query string) bool {
	for i := 0; i < len(query); i++ {
		if c := query[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return false
		}
	}
	return true
}
