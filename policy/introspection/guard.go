package introspection

import (
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
)

// maxToken bounds a token, in bytes.
const maxToken = 8 << 10

// Guard recognises the callers of one route by their tokens, in one worker. It
// is an authenticate.Kind.
type Guard struct {
	ids     []*Identity
	sources []credential.Source
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
			if !slices.Contains(g.sources, source) {
				g.sources = append(g.sources, source)
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

// Fits implements authenticate.Kind: nobody but the authorization server can
// tell a token of its own.
func (g *Guard) Fits(r *guard.Request, c credential.Shown) authenticate.Fit {
	if _, ok := c.Text(r, maxToken); !ok {
		return authenticate.No
	}
	return authenticate.Maybe
}

// Check finds out whose a token is, and sets r.Caller and the headers that tell
// the upstream.
//
// Of several identities that read the place where the token stands, the first in
// the route's order for which it is active decides, also that it is for another
// API. One that cannot be asked now ends the search: a later one must not decide
// in its place.
func (g *Guard) Check(r *guard.Request, c credential.Shown) guard.Verdict {
	token, ok := c.Text(r, maxToken)
	if !ok || !isToken(token) {
		return guard.Deny(guard.TokenMalformed)
	}
	for _, id := range g.ids {
		if !slices.Contains(id.sources, c.Source) {
			continue
		}
		a, v := id.find(token, r, g.state.answers[id])
		if a != nil {
			return g.admit(a, r, id, bound.Token{Text: token, Source: c.Source, Confirmation: a.cnf})
		}
		if v.Reason != guard.TokenInactive {
			return v
		}
	}
	return guard.Deny(guard.TokenInactive)
}

// admit makes a token's caller the caller, if the token may be used now, by who
// shows it.
func (g *Guard) admit(a *answer, r *guard.Request, id *Identity, t bound.Token) guard.Verdict {
	if reason := a.usable(r.Now); reason != guard.Allowed {
		return guard.Deny(reason)
	}
	if v := id.binding.Check(r, t, g.state.proofs); !v.Allows() {
		return v
	}
	r.Caller = a.caller
	r.Upstream = append(r.Upstream, a.headers...)
	return guard.Allow()
}

// isToken tells whether a text is a b64token of RFC 6750 section 2.1: what is
// none was never issued, and nobody is asked about it.
func isToken(text string) bool {
	body := strings.TrimRight(text, "=")
	for i := range len(body) {
		c := body[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') && strings.IndexByte("-._~+/", c) < 0 {
			return false
		}
	}
	return body != ""
}
