package bound

import (
	"slices"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard checks the binding of the tokens of one identity. It is immutable. A nil
// *Guard denies.
type Guard struct {
	asked      bool // a token must be bound,
	mtls, dpop bool // in one of these ways
	proofs     *proofs
}

// Token is a token that was verified, as far as its binding goes.
type Token struct {
	Text         string            // as it was shown
	Source       credential.Source // where
	Confirmation Confirmation
}

// source is where a token stands that comes with a proof (RFC 9449 section 7.1).
var source = credential.Source{Header: "authorization", Scheme: "dpop"}

// Source returns the place of tokens that come with a proof, which an identity
// reads beside its own sources. ok is false for one that takes no proofs.
func (g *Guard) Source() (place credential.Source, ok bool) {
	return source, g != nil && g.proofs != nil
}

// Challenge returns how clients are told of proofs. ok is false for an identity
// that takes no proofs.
func (g *Guard) Challenge() (c authenticate.Challenge, ok bool) {
	if g == nil || g.proofs == nil {
		return authenticate.Challenge{}, false
	}
	return authenticate.Challenge{Scheme: "DPoP", Params: g.proofs.params, OAuth: true}, true
}

// Challenges are the ways to show a token that stands in some places: Bearer (RFC
// 6750 section 3), also for a place that no scheme is registered for, and DPoP
// with its algorithms where proofs are taken, alone where they are asked of every
// token.
func (g *Guard) Challenges(places []credential.Source) []authenticate.Challenge {
	var list []authenticate.Challenge
	proof, takesProofs := g.Challenge()
	if takesProofs {
		list = append(list, proof)
	}
	for _, c := range authenticate.Schemes(places) {
		switch {
		case takesProofs && (c.Scheme == proof.Scheme || g.Demands()):
			continue
		case c.Scheme == "ApiKey":
			c.Scheme = "Bearer"
		}
		if c.OAuth = true; !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// Binding is what clients are told of the binding of tokens (RFC 9728 section 2).
func (g *Guard) Binding() authenticate.Binding {
	if g == nil {
		return authenticate.Binding{}
	}
	b := authenticate.Binding{Certificates: g.mtls, Demanded: g.Demands()}
	if g.proofs != nil {
		for a := range g.proofs.algorithms.All() {
			b.Proofs = append(b.Proofs, a.String())
		}
	}
	return b
}

// Demands tells whether every token must come with a proof, so that no other
// scheme than DPoP is of use.
func (g *Guard) Demands() bool { return g != nil && g.asked && g.dpop && !g.mtls }

// Check decides whether the sender of a token is the one that it is bound to. The
// token was verified before; st is what this worker knows of used proofs. Without
// a proof it allocates nothing.
func (g *Guard) Check(r *guard.Request, t Token, st *State) guard.Verdict {
	if g == nil {
		return guard.Verdict{}
	}
	if !g.Takes(t.Confirmation) {
		return guard.Deny(guard.TokenNotBound)
	}
	if t.Confirmation.x5t.named {
		if v := checkCertificate(r, &t.Confirmation.x5t); !v.Allows() {
			return v
		}
	}
	if t.Confirmation.jkt.named {
		return g.proofs.check(r, &t, st)
	}
	return g.unproved(r, &t)
}

// Takes tells whether a token that is bound so can be accepted at all, from
// whoever it is bound to.
func (g *Guard) Takes(c Confirmation) bool {
	switch {
	case g == nil, !c.read, c.unfit:
		return false
	case c.jkt.named && g.proofs == nil:
		return false
	}
	return !g.asked || g.mtls && c.x5t.named || g.dpop && c.jkt.named
}

// Bearer tells whether Check allows a token that is bound so whenever it stands in
// one of some places, whoever shows it and whatever comes with it.
func (g *Guard) Bearer(c Confirmation, places []credential.Source) bool {
	return g.Takes(c) && g.proofs == nil && !c.x5t.named && !c.jkt.named && !slices.Contains(places, source)
}

// unproved judges a token that is bound to no key. Under the scheme DPoP, and
// beside a proof, it is not what its client takes it for: anybody may show it, and
// the client would never hear that its authorization server binds nothing.
func (g *Guard) unproved(r *guard.Request, t *Token) guard.Verdict {
	if t.Source == source {
		return guard.Deny(guard.TokenNotBound)
	}
	if g.proofs != nil {
		if _, count := r.Get(header); count > 0 {
			return g.proofs.deny(guard.ProofInvalid)
		}
	}
	return guard.Allow()
}
