package limits

import (
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/hygiene"
)

// framing are headers that belong to the connection or to the message's shape
// (RFC 9110 sections 6.4 and 7.6.1). The proxy takes most of them out or makes
// them itself, so that all requests would count as one without the header.
var framing = []string{
	"connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

// unusableHeader says why header.NAME cannot be counted by, and what to write
// instead; nothing where it can be, or is no such part.
func unusableHeader(text string) (found, remedy string) {
	name, ok := strings.CutPrefix(text, "header.")
	name = strings.ToLower(name)
	switch {
	case !ok:
	case name == "host" || name == ":authority":
		return "which no request has under that name: all would share one bucket", `write "route", and a route for each of the hosts`
	case strings.HasPrefix(name, ":"):
		return "a pseudo-header", "write method, route or path.NAME"
	case slices.Contains(framing, name):
		return "a header of the connection", "write another header"
	}
	return "", ""
}

// CheckHeaders reports limits that count by a header that says nothing of the
// client: own are the headers that the policy sets itself, credentials those in
// which its identities find keys.
func (s *Set) CheckHeaders(own, credentials []string, p *document.Problems) {
	folded := make(map[string]bool, len(own))
	for _, name := range own {
		folded[hygiene.Fold(name)] = true
	}
	for _, name := range s.names {
		l := s.limits[name]
		for i := range l.by {
			if l.by[i].kind == byHeader {
				l.checkHeader(&l.by[i], folded, credentials, p)
			}
		}
	}
}

// checkHeader: limits see what the client sent. What the policy sets is set
// afterwards, and the client's copy of it is taken out on the way up.
//
// A key is a fine name of its holder's bucket as long as nobody is known. Then
// one client has several keys, and several spellings of a scheme.
func (l *limit) checkHeader(h *part, own map[string]bool, credentials []string, p *document.Problems) {
	found := "is " + strconv.Quote("header."+h.name) + ", "
	switch {
	case own[hygiene.Fold(h.name)]:
		p.Add(h.at, found+"which the policy sets itself: what counts here is the client's own copy", `write what the header tells, such as "client" or "tenant"`)
	case !l.before && slices.Contains(credentials, h.name):
		p.Add(h.at, found+"where a key stands: one client can have many", `write "client", or "before": "authentication"`)
	}
}
