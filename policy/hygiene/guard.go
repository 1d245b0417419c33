package hygiene

import (
	"slices"
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
	watched       watched  // names in their folded form that are looked at closely
	own           ownNames // headers that the policy sets
	sources       ownNames // headers that a guard reads a credential from
	spelled       []string // sources, as the guard reads them
	prefixes      []string // headers that begin so never go upstream, folded
}

// Names are the request headers that a policy has a claim on.
type Names struct {
	Own     []string // it sets them on the way upstream
	Sources []string // it reads credentials from them
	Hosts   bool     // its routes name hosts, so that HostOverrides have no say

	// Removed never go upstream for another reason: names, and of those that
	// begin alike the beginnings.
	Removed, Prefixes []string
}

// removed lists the headers whose inbound copies never go upstream.
func (n Names) removed() []string {
	names := append(append(Overrides(), n.Own...), n.Removed...)
	if n.Hosts {
		names = append(names, HostOverrides()...)
	}
	return names
}

// Compile makes the guard. Inbound copies of own headers, and of the headers in
// Overrides and HostOverrides, are removed; so is a header that an application could take for a
// source under another spelling, since no guard reads it. The bounds come from
// a parsed document, whose defaults are filled in; a bound of zero refuses every
// request.
func Compile(h document.Hygiene, names Names) *Guard {
	g := &Guard{
		maxFields:     h.MaxHeaders,
		maxField:      int(h.MaxHeaderSize),
		maxFieldsSize: int(h.MaxHeadersSize),
		maxTarget:     int(h.MaxPathSize),
		parameters:    h.AllowPathParameters,
		own:           newOwnNames(names.removed()),
		sources:       newOwnNames(names.Sources),
		spelled:       slices.Clone(names.Sources),
		prefixes:      folded(names.Prefixes),
	}
	g.watchFor(names)
	return g
}

// watchFor settles which names in their folded form are looked at closely. A
// source that is spelled so is none: it stays where it is.
func (g *Guard) watchFor(names Names) {
	for _, name := range append(names.removed(), "host") {
		g.watched.add(name)
	}
	for _, name := range names.Sources {
		if name != Fold(name) {
			g.watched.add(name)
		}
	}
	if len(g.prefixes) > 0 {
		g.watched.all()
	}
}

// Check sets r.Host, r.Path and r.Query, and records in r.Upstream the removal
// of inbound copies of the policy's own headers. It denies with BadMethod,
// BadHost, BadPath, BadHeader, TooManyHeaders or HeadersTooLarge. A value that
// it refuses is left empty, and everything else is set and recorded even then.
func (g *Guard) Check(r *guard.Request) guard.Verdict {
	fields := g.checkFields(r) // first: it also strips
	// Nearly all requests have nothing to refuse or to change, which shows at sight;
	// all others are judged in full.
	host, path := 0, 0
	if usual(r.Method) && len(r.Target) <= g.maxTarget {
		host, path = canonicalHost(r.Authority), canonicalTarget(r.Target)
	}
	if host == 0 || path == 0 {
		return g.judge(r, fields)
	}
	query := ""
	if path < len(r.Target) {
		query = r.Target[path+1:]
	}
	r.Host, r.Path, r.Query = r.Authority[:host], r.Target[:path], query
	return guard.Verdict{Reason: fields}
}

// judge judges any request of which the fields are judged.
func (g *Guard) judge(r *guard.Request, fields guard.Reason) guard.Verdict {
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

// removes tells whether a header never goes upstream.
func (g *Guard) removes(name string) bool {
	if g.own.has(name) || g.begins(name) {
		return true
	}
	return g.sources.has(name) && !slices.Contains(g.spelled, name)
}

// RemovesTrailer tells whether a trailer field never goes upstream. Nothing is
// read from trailers, so a source is removed in its own spelling too: a server
// that merges trailers into headers would take it for a key that was checked.
func (g *Guard) RemovesTrailer(name string) bool {
	return g.own.has(name) || g.begins(name) || g.sources.has(name) || noTrailers.has(name)
}

// noTrailers are fields that RFC 9110 section 6.5.1 forbids in trailers: they
// frame the message, route it, say who sends it, or change what is done with
// it. A server that merges trailers would do so after the verdict.
var noTrailers = newOwnNames([]string{
	"authorization", "cache-control", "connection", "content-encoding", "content-length", "content-range", "content-type", "cookie",
	"expect", "forwarded", "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive",
	"max-forwards", "origin", "pragma", "proxy-authorization", "proxy-connection", "range", "referer", "set-cookie", "te", "trailer",
	"transfer-encoding", "upgrade", "x-forwarded-client-cert", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
})

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
