package jwt

import (
	"slices"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard recognises the callers of one route by their tokens, in one worker. It
// is an authenticate.Kind.
type Guard struct {
	ids     []*Identity
	sources []credential.Source
	readers [][]*Identity // by source, in the route's order
	state   *State
}

var (
	_ authenticate.Kind  = (*Guard)(nil)
	_ authenticate.OAuth = (*Identity)(nil)
)

// NewGuard returns the guard of a route that takes the tokens of ids, which the
// worker remembers in s.
func NewGuard(ids []*Identity, s *State) *Guard {
	g := &Guard{ids: ids, state: s}
	for _, id := range ids {
		for _, source := range id.sources {
			if n := slices.Index(g.sources, source); n >= 0 {
				g.readers[n] = append(g.readers[n], id)
			} else {
				g.sources, g.readers = append(g.sources, source), append(g.readers, []*Identity{id})
			}
		}
	}
	return g
}

// Sources implements authenticate.Kind.
func (g *Guard) Sources() []credential.Source { return g.sources }

// Has implements authenticate.Kind.
func (g *Guard) Has(identity string) bool {
	return slices.ContainsFunc(g.ids, func(id *Identity) bool { return id.name == identity })
}

// Challenges implements authenticate.Kind.
func (g *Guard) Challenges() []authenticate.Challenge {
	var list []authenticate.Challenge
	for _, id := range g.ids {
		for _, c := range id.binding.Challenges(id.sources) {
			if !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// Fits implements authenticate.Kind: a token that names an issuer of ours is one
// of ours, whether or not it is sound.
func (g *Guard) Fits(r *guard.Request, c credential.Shown) authenticate.Fit {
	text, ok := c.Text(r, maxToken)
	if !ok {
		return authenticate.No
	}
	readers := g.readers[c.Nth]
	if g.state.remembered(readers, text, g.state.cache.hash(text), r) != nil {
		return authenticate.Yes
	}
	t, reason := g.state.reader.read(text)
	if reason == guard.Allowed && judge(readers, t.issuer) != nil {
		return authenticate.Yes
	}
	return authenticate.No
}

// judge returns the first identity that takes tokens of an issuer; nil: none.
func judge(readers []*Identity, issuer string) *Identity {
	n := slices.IndexFunc(readers, func(id *Identity) bool { return id.issues(issuer) })
	if n < 0 {
		return nil
	}
	return readers[n]
}

// issues tells whether the identity's tokens have that claim iss. An empty one
// is none.
func (i *Identity) issues(issuer string) bool {
	return issuer != "" && slices.Contains(i.issuers, issuer)
}

// Check verifies a token, and sets r.Caller and the headers that tell the
// upstream. One that is remembered allocates nothing. It is the same text as one
// that was found to be sound: only of another is it asked whether it has the form
// of a token.
func (g *Guard) Check(r *guard.Request, c credential.Shown) guard.Verdict {
	text, plain := c.Plain()
	ok := len(text) <= maxToken
	if !plain {
		text, ok = c.Unescaped(r, maxToken)
	}
	if !ok {
		return guard.Deny(guard.TokenMalformed)
	}
	hash := g.state.cache.hash(text)
	e := g.state.remembered(g.readers[c.Nth], text, hash, r)
	verified := e == nil
	if verified {
		var v guard.Verdict
		if e, v = g.verify(text, r, c); e == nil {
			return v
		}
	}
	if !e.bearer {
		if v := g.examine(e, r, c); !v.Allows() {
			return v
		}
	}
	if verified {
		g.state.cache.put(e, hash)
	}
	// The caller's lists are shared by all requests and clipped: who appends to them
	// gets a copy.
	r.Caller = e.caller
	for i := range e.headers {
		h := &e.headers[i]
		r.Upstream = append(r.Upstream, guard.Edit{Op: h.Op, Name: h.Name, Value: h.Value})
	}
	return guard.Allow()
}

// verify judges a token that is not remembered. Of several identities that read
// its place, the one judges whose issuer it names.
func (g *Guard) verify(text string, r *guard.Request, c credential.Shown) (*known, guard.Verdict) {
	if text == "" || !credential.IsVisible(text) {
		return nil, guard.Deny(guard.TokenMalformed)
	}
	t, reason := g.state.reader.read(text)
	if reason != guard.Allowed {
		return nil, guard.Deny(reason)
	}
	id := judge(g.readers[c.Nth], t.issuer)
	if id == nil {
		return nil, guard.Deny(guard.TokenIssuer)
	}
	return id.verify(t, r, g.state)
}

// examine denies a token that was revoked, or is shown by another than the sender
// that it is bound to.
func (g *Guard) examine(e *known, r *guard.Request, c credential.Shown) guard.Verdict {
	if v := e.unrevoked(r); !v.Allows() {
		return v
	}
	return e.identity.binding.Check(r, bound.Token{Text: e.raw, Source: c.Source, Confirmation: e.cnf}, g.state.proofs)
}
