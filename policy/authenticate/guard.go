package authenticate

import (
	"slices"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard recognises the callers of one route, in one worker. A nil *Guard denies.
type Guard struct {
	reader    *credential.Reader
	readers   [][]reader // by place: the kinds that read it, in the route's order
	kinds     []Kind
	anonymous bool
	metadata  string
	missing   string
	invalid   []string // by kind
}

// reader is a kind that reads a place.
type reader struct {
	kind int // in kinds
	nth  int // of its sources
}

// New returns the guard of a route that takes credentials of some kinds. With
// anonymous, a request without any credential passes with an empty Caller; one
// with a bad credential is still denied. metadata is the address of the
// protected resource's metadata (RFC 9728), empty for none.
func New(kinds []Kind, anonymous bool, metadata string) *Guard {
	var sources []credential.Source
	for _, k := range kinds {
		sources = append(sources, k.Sources()...)
	}
	g := &Guard{reader: credential.NewReader(sources), kinds: kinds, anonymous: anonymous, metadata: metadata}
	for _, place := range g.reader.Places() {
		var by []reader
		for i, k := range kinds {
			if nth := slices.Index(k.Sources(), place); nth >= 0 {
				by = append(by, reader{i, nth})
			}
		}
		g.readers = append(g.readers, by)
	}
	g.missing = challenges(kinds, -1, "", metadata)
	for i := range kinds {
		g.invalid = append(g.invalid, challenges(kinds, i, `error="invalid_token"`, metadata))
	}
	return g
}

// Check finds the one credential of a request and has it judged, which sets
// r.Caller.
func (g *Guard) Check(r *guard.Request) guard.Verdict {
	if g == nil {
		return guard.Verdict{}
	}
	c, count := g.reader.Read(r)
	if count != 1 {
		return g.without(count)
	}
	by := g.readers[c.Index()]
	if len(by) == 0 { // cannot be
		return guard.Verdict{}
	}
	k := by[0]
	if len(by) > 1 {
		k = g.choose(by, r, c)
	}
	c.Nth = k.nth
	if v := g.kinds[k.kind].Check(r, c); !v.Allows() {
		return challenged(v, g.invalid[k.kind])
	}
	return guard.Allow()
}

// without judges a request that has not one credential but another number.
func (g *Guard) without(count int) guard.Verdict {
	switch {
	case count != 0:
		return guard.Deny(guard.CredentialDuplicated)
	case g.anonymous:
		return guard.Allow()
	}
	return challenged(guard.Deny(guard.CredentialMissing), g.missing)
}

// choose returns the one of several readers that judges a credential.
func (g *Guard) choose(by []reader, r *guard.Request, c credential.Shown) reader {
	best, fit := by[0], No
	for i, k := range by {
		c.Nth = k.nth
		if f := g.kinds[k.kind].Fits(r, c); i == 0 || f > fit {
			best, fit = k, f
		}
	}
	return best
}

// challenged adds a challenge to what is answered with 401 and has none.
func challenged(v guard.Verdict, challenge string) guard.Verdict {
	if v.Challenge == "" && v.Reason.Public().Status == 401 {
		v.Challenge = challenge
	}
	return v
}

// Insufficient is the challenge to a caller whose token has too few scopes (RFC
// 6750 section 3.1); empty for one who came without a token. scope is what it
// takes, empty where nobody can tell.
func (g *Guard) Insufficient(identity, scope string) string {
	if g == nil {
		return ""
	}
	for _, k := range g.kinds {
		if !k.Has(identity) {
			continue
		}
		occasion := `error="insufficient_scope"`
		if scope != "" {
			occasion += `, scope="` + scope + `"`
		}
		return insufficient(k.Challenges(), occasion, g.metadata)
	}
	return ""
}

// insufficient writes the challenges that take a token.
func insufficient(list []Challenge, occasion, metadata string) (text string) {
	for _, c := range list {
		if !c.OAuth {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += c.write(occasion, metadata)
	}
	return text
}
