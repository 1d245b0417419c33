package introspection

import (
	"encoding/base64"
	"errors"
	"math"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/guard"
)

// bounds are those of an answer.
var bounds = claims.Bounds{Bytes: answerMost, Values: 1000, Depth: 16}

// answerOverhead is about what an answer takes beside its texts, in bytes.
const answerOverhead = 512

// errUnsound: an answer is none of RFC 7662 section 2.2.
var errUnsound = errors.New("introspection: the answer cannot be used")

// answer is what is remembered of an active token. It is not changed when it was
// made.
type answer struct {
	at          int64        // Unix nanoseconds: when it came
	from, until int64        // the token's own times, skew included
	reason      guard.Reason // why it is refused whenever it comes; Allowed: it is not
	cnf         bound.Confirmation
	caller      guard.Caller
	headers     guard.Edits
	size        int
}

// read reads an answer with the status 200; nil without an error for a token
// that is not active.
func (i *Identity) read(body []byte, now int64) (*answer, error) {
	set, err := claims.Parse(body, bounds)
	if err != nil {
		return nil, errUnsound
	}
	active, ok := set.Bool("active")
	if !ok {
		return nil, errUnsound
	}
	if !active {
		return nil, nil
	}
	cnf := bound.Read(set)
	a := &answer{at: now, reason: i.judge(set, cnf), cnf: cnf, caller: i.attributes.Caller(i.name, set)}
	if a.from, a.until, ok = i.times(set); !ok {
		return nil, errUnsound
	}
	a.headers = i.forward.Edits(base64.RawURLEncoding.EncodeToString(body), set)
	a.size = answerOverhead + set.Size()
	for _, e := range a.headers {
		a.size += len(e.Name) + len(e.Value)
	}
	return a, nil
}

// judge looks at what does not change with time.
func (i *Identity) judge(set *claims.Set, cnf bound.Confirmation) guard.Reason {
	switch {
	case !i.binding.Takes(cnf), isProof(set) && !slices.Contains(cnf.Methods(), "dpop"): // RFC 8705 section 3.2, RFC 9449 section 6.2
		return guard.TokenNotBound
	case !isAccess(set):
		return guard.TokenType
	case i.issuer != "" && !i.issues(set):
		return guard.TokenIssuer
	case !i.unchecked && !i.isFor(set):
		return guard.TokenAudience
	}
	return guard.Allowed
}

// issues tells whether the issuer is the identity's: one text, not one of a list.
func (i *Identity) issues(set *claims.Set) bool {
	text, ok := set.Text("iss")
	return ok && text == i.issuer
}

// isFor tells whether a token is meant for this API.
func (i *Identity) isFor(set *claims.Set) bool {
	values, ok := set.Texts("aud")
	return ok && slices.ContainsFunc(values, func(v string) bool { return slices.Contains(i.audiences, v) })
}

// isProof tells whether a token must come with a proof of possession.
func isProof(set *claims.Set) bool {
	text, _ := set.Text("token_type")
	return strings.EqualFold(text, "DPoP")
}

// isAccess tells whether a token is an access token, as far as the answer says.
// The endpoint knows refresh tokens too, which clients hold for longer and show
// to the authorization server alone (RFC 7662 section 2.1). Servers say what a
// token is in token_type (RFC 6749 section 5.1), token_use or typ.
func isAccess(set *claims.Set) bool {
	for _, c := range [...]struct {
		claim string
		takes []string
	}{
		{"token_type", []string{"bearer", "dpop", "access_token"}},
		{"token_use", []string{"access_token", "access"}},
		{"typ", []string{"bearer", "jwt", "at+jwt", "access_token"}},
	} {
		if !set.Has(c.claim) {
			continue
		}
		if text, _ := set.Text(c.claim); !slices.Contains(c.takes, strings.ToLower(text)) {
			return false
		}
	}
	return true
}

// times reads exp and nbf. ok is false where one is there and is no time.
func (i *Identity) times(set *claims.Set) (from, until int64, ok bool) {
	from, until = math.MinInt64, math.MaxInt64
	exp, isExp := set.Date("exp")
	nbf, isNbf := set.Date("nbf")
	if set.Has("exp") != isExp || set.Has("nbf") != isNbf {
		return 0, 0, false
	}
	if isExp && exp < math.MaxInt64-i.skew {
		until = exp + i.skew
	}
	if isNbf && nbf > math.MinInt64+i.skew {
		from = nbf - i.skew
	}
	return from, until, true
}

// usable tells whether the token may be used now.
func (a *answer) usable(now int64) guard.Reason {
	switch {
	case a.reason != guard.Allowed:
		return a.reason
	case now >= a.until:
		return guard.TokenExpired
	case now < a.from:
		return guard.TokenNotYetValid
	}
	return guard.Allowed
}
