package apikey

import (
	"cmp"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// Guard recognises the callers of one route.
type Guard struct {
	sources   []offer
	inQuery   bool // some source is a query parameter
	anonymous bool
	challenge string
}

// offer is a source and the identities that read it, in the route's order.
type offer struct {
	source
	holders []*Identity
}

// NewGuard returns the guard of a route that takes the keys of ids. With
// anonymous, a request without any credential passes with an empty Caller; one
// with a bad credential is still denied.
func NewGuard(ids []*Identity, anonymous bool) *Guard {
	g := &Guard{anonymous: anonymous}
	for _, id := range ids {
		for _, s := range id.sources {
			g.add(s, id)
		}
	}
	// A header that one identity reads with a scheme and another without is
	// tried with the scheme first, and counts once.
	slices.SortStableFunc(g.sources, func(a, b offer) int { return cmp.Compare(len(b.scheme), len(a.scheme)) })
	g.challenge = challenge(g.sources)
	return g
}

func (g *Guard) add(s source, id *Identity) {
	g.inQuery = g.inQuery || s.query != ""
	for i := range g.sources {
		if g.sources[i].source == s {
			g.sources[i].holders = append(g.sources[i].holders, id)
			return
		}
	}
	g.sources = append(g.sources, offer{s, []*Identity{id}})
}

// challenge is what a 401 carries (RFC 9110 section 11.6.1): the schemes that
// the route reads. For a plain header or a query no scheme is registered;
// ApiKey says what is missing. It names neither the header nor what was wrong.
func challenge(sources []offer) string {
	var list []string
	for _, o := range sources {
		name := o.scheme
		if name == "" || name == "apikey" {
			name = "ApiKey"
		}
		if c := name + ` realm="sallyport"`; !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return strings.Join(list, ", ")
}

// shown is the one credential of a request.
type shown struct {
	value string
	offer *offer
	count int // in the whole request
}

// Check finds the one credential of a request and the client that it belongs
// to, and sets r.Caller and the headers that tell the upstream.
//
// Of several identities that read the place where the key stands, the first in
// the route's order that has the key decides, also that it has expired. When
// none has it, the key is unknown if it had the form of any, else malformed.
func (g *Guard) Check(r *guard.Request, c *Cache) guard.Verdict {
	s := g.read(r)
	switch {
	case s.count == 0 && g.anonymous:
		return guard.Allow()
	case s.count == 0:
		return g.deny(guard.CredentialMissing)
	case s.count > 1:
		return g.deny(guard.CredentialDuplicated)
	}
	if s.offer.query != "" && !decode(&s, r) {
		return g.deny(guard.KeyMalformed)
	}
	if s.value == "" || len(s.value) > maxCredential || !isVisible(s.value) {
		return g.deny(guard.KeyMalformed)
	}
	return g.judge(s, r, c)
}

// read finds the credentials of a request.
func (g *Guard) read(r *guard.Request) (s shown) {
	for i := range r.Headers {
		g.readHeader(&r.Headers[i], &s)
	}
	if !g.inQuery || r.Query == "" {
		return s
	}
	for i := range g.sources {
		o := &g.sources[i]
		if o.query == "" {
			continue
		}
		if value, count := readQuery(r.Query, o.query); count > 0 {
			s.value, s.offer, s.count = value, o, s.count+count
		}
	}
	return s
}

// readHeader counts a header field once, for the first source that reads it.
func (g *Guard) readHeader(h *guard.Header, s *shown) {
	for i := range g.sources {
		o := &g.sources[i]
		if o.header == "" || o.header != h.Name {
			continue
		}
		if value, count := o.source.read(h.Value); count > 0 {
			s.value, s.offer, s.count = value, o, s.count+count
			return
		}
	}
}

// decode replaces the raw value of a query parameter. A value that could not
// fit even if every character were escaped is not looked at.
func decode(s *shown, r *guard.Request) (ok bool) {
	if len(s.value) > 3*maxCredential {
		return false
	}
	if strings.IndexByte(s.value, '%') < 0 && strings.IndexByte(s.value, '+') < 0 {
		return true
	}
	b, ok := appendUnescaped(r.Scratch.Free(), s.value)
	s.value = r.Scratch.Keep(b)
	return ok
}

// judge asks the identities that read the credential's place. One that cannot
// tell now whether the key is its own ends the search: a later one must not
// decide in its place.
func (g *Guard) judge(s shown, r *guard.Request, c *Cache) guard.Verdict {
	failure := guard.KeyMalformed
	for _, id := range s.offer.holders {
		raw := append(r.Scratch.Free(), s.value...)
		k := c.get(id, raw)
		if k == nil {
			var v guard.Verdict
			if k, v = id.find(s.value, raw, r, c); k == nil && v.Reason == guard.KeyUnknown {
				failure = v.Reason
			} else if k == nil && v.Reason != guard.KeyMalformed {
				return v
			}
		}
		if k == nil {
			continue
		}
		if reason := k.usable(r.Now); reason != guard.Allowed {
			return g.deny(reason)
		}
		id.admit(k, r)
		return guard.Allow()
	}
	return g.deny(failure)
}

// deny adds the challenge to what is answered with 401.
func (g *Guard) deny(reason guard.Reason) guard.Verdict {
	v := guard.Deny(reason)
	if reason.Public().Status == 401 {
		v.Challenge = g.challenge
	}
	return v
}
