package authenticate

import (
	"slices"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard recognises the callers of one route, in one worker. A nil *Guard denies.
type Guard struct {
	reader    *credential.Reader
	readers   [][]int // by place: the kinds that read it, in the route's order
	kinds     []Kind
	anonymous bool
	metadata  string
	missing   string
	invalid   []string // by kind
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
		var by []int
		for i, k := range kinds {
			if slices.Contains(k.Sources(), place) {
				by = append(by, i)
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
	switch {
	case count == 0 && g.anonymous:
		return guard.Allow()
	case count == 0:
		return challenged(guard.Deny(guard.CredentialMissing), g.missing)
	case count > 1:
		return guard.Deny(guard.CredentialDuplicated)
	}
	i := g.choose(r, c)
	if i < 0 {
		return guard.Verdict{}
	}
	return challenged(g.kinds[i].Check(r, c), g.invalid[i])
}

// choose returns the kind that judges a credential; -1 for none, which cannot
// be.
func (g *Guard) choose(r *guard.Request, c credential.Shown) int {
	by := g.readers[slices.Index(g.reader.Places(), c.Source)]
	if len(by) == 1 {
		return by[0]
	}
	best, fit := -1, No
	for _, i := range by {
		if f := g.kinds[i].Fits(r, c); best < 0 || f > fit {
			best, fit = i, f
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
