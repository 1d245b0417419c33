package jwt

import (
	"errors"
	"strings"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/fetched"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jose"
)

// The bounds of a token. Envoy takes 60 KiB of headers in all.
const (
	maxToken  = 16 << 10
	maxValues = 1000
	maxDepth  = 16
	maxID     = 256 // of a token that can be revoked
)

var (
	tokenBounds = jose.Bounds{Token: maxToken}
	claimBounds = claims.Bounds{Bytes: maxToken, Values: maxValues, Depth: maxDepth}
)

// shown is a token that was read, and not verified.
type shown struct {
	raw    string
	token  *jose.Token
	claims *claims.Set
	issuer string // empty: it names none
}

// reader takes tokens apart, in memory that it uses again.
type reader struct {
	headers jose.Headers
	claims  claims.Reader
}

func (m *reader) read(raw string) (s shown, reason guard.Reason) {
	t, err := m.headers.Parse(raw, tokenBounds)
	if err != nil {
		return shown{}, reasonOf(err)
	}
	set, err := m.claims.Take(t.Payload, claimBounds)
	if err != nil {
		return shown{}, guard.TokenMalformed
	}
	s = shown{raw: raw, token: t, claims: set}
	s.issuer, _ = set.Text("iss")
	return s, guard.Allowed
}

// reasonOf tells the world of an error of package jose. What is none of those is
// a host that could not verify, which says nothing about the token.
func reasonOf(err error) guard.Reason {
	switch {
	case errors.Is(err, jose.ErrMalformed), errors.Is(err, jose.ErrCritical):
		return guard.TokenMalformed
	case errors.Is(err, jose.ErrAlgorithm):
		return guard.TokenAlgorithm
	case errors.Is(err, jose.ErrUnknownKey):
		return guard.TokenKeyUnknown
	case errors.Is(err, jose.ErrSignature):
		return guard.TokenSignature
	}
	return guard.HostError
}

// verify returns what is to be known of a token, or a denial. It may suspend the
// request where keys are fetched.
func (i *Identity) verify(t shown, r *guard.Request, s *State) (*known, guard.Verdict) {
	keys, v := i.signed(t.token, r, s)
	if keys == nil {
		return nil, v
	}
	s.reader.headers.Remember(t.token)
	r.World.Count(i.verified)
	if i.revocation && !hasID(t.claims) {
		return nil, guard.Deny(guard.TokenClaim)
	}
	validity, reason := i.rules.judge(t.token.Header.Type, t.claims, r.Now)
	if reason != guard.Allowed {
		return nil, guard.Deny(reason)
	}
	e := i.know(t, keys, validity)
	e.fetched = s.documents[i]
	return e, guard.Allow()
}

// signed returns the keys that verify a token's signature, or a denial. For a key
// that is not known it asks for newer keys; so it does for a token that fits none
// and names none, or none of them, since an issuer need not name its keys.
func (i *Identity) signed(t *jose.Token, r *guard.Request, s *State) (*jose.Set, guard.Verdict) {
	if !i.algorithms.Has(t.Header.Algorithm) {
		return nil, guard.Deny(guard.TokenAlgorithm)
	}
	keys, err := s.awaitKeys(i, r)
	if err != nil || keys == nil {
		return nil, unavailable(guard.KeysUnavailable)
	}
	_, err = keys.Verify(r.World, t, i.algorithms)
	if err == nil {
		return keys, guard.Allow()
	}
	if errors.Is(err, jose.ErrUnknownKey) || errors.Is(err, jose.ErrSignature) && !keys.Names(t.Header.KeyID) {
		newer, failed := s.renewKeys(i, r, keys)
		if failed != nil {
			return nil, unavailable(guard.KeysUnavailable)
		}
		if newer != nil {
			keys = newer
			_, err = keys.Verify(r.World, t, i.algorithms)
		}
	}
	if err != nil {
		return nil, guard.Deny(reasonOf(err))
	}
	return keys, guard.Allow()
}

// unavailable denies because a document is missing, and says when to come again.
func unavailable(reason guard.Reason) guard.Verdict {
	return guard.Verdict{Reason: reason, RetryAfter: fetched.RetryAfter}
}

// know makes what is remembered of a token. Its texts are copies: the request's
// memory ends with the stream.
func (i *Identity) know(t shown, keys *jose.Set, v validity) *known {
	e := &known{identity: i, raw: strings.Clone(t.raw), keys: keys, validity: v, claims: t.claims, cnf: bound.Read(t.claims)}
	e.bearer = i.revoked == nil && i.list == nil && i.binding.Bearer(e.cnf, i.sources)
	e.id, _ = t.claims.Text("jti")
	e.caller = i.attributes.Caller(i.name, t.claims)
	_, rest, _ := strings.Cut(e.raw, ".")
	payload, _, _ := strings.Cut(rest, ".")
	e.headers = i.forward.Edits(payload, t.claims)
	e.weigh()
	return e
}
