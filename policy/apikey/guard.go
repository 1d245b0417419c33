package apikey

import (
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard recognises the callers of one route by their keys, in one worker. It is
// an authenticate.Kind.
type Guard struct {
	sources []credential.Source
	offers  []offer
	ids     []*Identity
	cache   *Cache
}

// offer is a source and the identities that read it, in the route's order.
type offer struct {
	source  credential.Source
	holders []*Identity
}

// NewGuard returns the guard of a route that takes the keys of ids, which the
// worker remembers in c.
func NewGuard(ids []*Identity, c *Cache) *Guard {
	g := &Guard{ids: ids, cache: c}
	for _, id := range ids {
		for _, s := range id.sources {
			g.add(s, id)
		}
	}
	return g
}

func (g *Guard) add(s credential.Source, id *Identity) {
	for i := range g.offers {
		if g.offers[i].source == s {
			g.offers[i].holders = append(g.offers[i].holders, id)
			return
		}
	}
	g.offers = append(g.offers, offer{s, []*Identity{id}})
	g.sources = append(g.sources, s)
}

// Sources implements authenticate.Kind.
func (g *Guard) Sources() []credential.Source { return g.sources }

// Challenges implements authenticate.Kind.
func (g *Guard) Challenges() []authenticate.Challenge { return authenticate.Schemes(g.sources) }

// Has implements authenticate.Kind.
func (g *Guard) Has(identity string) bool {
	return slices.ContainsFunc(g.ids, func(id *Identity) bool { return id.name == identity })
}

// Fits implements authenticate.Kind: what has the prefix of an identity is a key
// of it.
func (g *Guard) Fits(r *guard.Request, c credential.Shown) authenticate.Fit {
	text, ok := c.Text(r, maxCredential)
	fit := authenticate.No
	for _, id := range g.holders(c.Source) {
		switch {
		case !ok:
		case id.prefix == "", id.slow != nil:
			fit = max(fit, authenticate.Maybe)
		case strings.HasPrefix(text, id.prefix):
			return authenticate.Yes
		}
	}
	return fit
}

func (g *Guard) holders(s credential.Source) []*Identity {
	for i := range g.offers {
		if g.offers[i].source == s {
			return g.offers[i].holders
		}
	}
	return nil
}

// Check finds the client that a key belongs to, and sets r.Caller and the
// headers that tell the upstream.
//
// Of several identities that read the place where the key stands, the first in
// the route's order that has the key decides, also that it has expired. When
// none has it, the key is unknown if it had the form of any, else malformed.
// One that cannot tell now whether the key is its own ends the search: a later
// one must not decide in its place.
func (g *Guard) Check(r *guard.Request, c credential.Shown) guard.Verdict {
	text, ok := c.Text(r, maxCredential)
	if !ok {
		return guard.Deny(guard.KeyMalformed)
	}
	failure := guard.KeyMalformed
	for _, id := range g.holders(c.Source) {
		raw := append(r.Scratch.Free(), text...)
		k := g.cache.get(id, raw)
		if k == nil {
			var v guard.Verdict
			if k, v = id.find(text, raw, r, g.cache); k == nil && v.Reason == guard.KeyUnknown {
				failure = v.Reason
			} else if k == nil && v.Reason != guard.KeyMalformed {
				return v
			}
		}
		if k == nil {
			continue
		}
		if reason := k.usable(r.Now); reason != guard.Allowed {
			return guard.Deny(reason)
		}
		id.admit(k, r)
		return guard.Allow()
	}
	return guard.Deny(failure)
}
