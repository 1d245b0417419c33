package jwt

import (
	"math"
	"slices"

	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/guard"
)

// rules are what a token must say of itself. The zero value accepts none.
type rules struct {
	audiences      []string
	anyAudience    bool
	skew, lifetime int64 // nanoseconds; no lifetime: any
	require        []string
	endless        bool // exp may be missing
	types          []string
	typeless       bool // typ may be missing
}

// validity is when a token is valid, in Unix nanoseconds, skew included: from
// the first on, and not at the second.
type validity struct{ from, until int64 }

// at tells whether a token is valid then.
func (v validity) at(now int64) guard.Reason {
	switch {
	case now >= v.until: // on or after exp (RFC 7519 section 4.1.4)
		return guard.TokenExpired
	case now < v.from:
		return guard.TokenNotYetValid
	}
	return guard.Allowed
}

// judge looks at a verified token's claims. Its issuer was looked at.
func (u *rules) judge(typ string, c *claims.Set, now int64) (validity, guard.Reason) {
	if !u.fits(typ) {
		return validity{}, guard.TokenType
	}
	if !u.isFor(c) {
		return validity{}, guard.TokenAudience
	}
	v, ok := u.validity(c)
	if !ok {
		return validity{}, guard.TokenClaim
	}
	if reason := v.at(now); reason != guard.Allowed {
		return validity{}, reason
	}
	if slices.ContainsFunc(u.require, func(name string) bool { return !c.Has(name) }) {
		return validity{}, guard.TokenClaim
	}
	return v, guard.Allowed
}

// isFor tells whether a token is meant for this API (RFC 7519 section 4.1.3).
func (u *rules) isFor(c *claims.Set) bool {
	if u.anyAudience {
		return true
	}
	return c.Names("aud", u.audiences)
}

// validity reads exp, nbf and iat. A token from the future is not valid before
// it was issued. ok is false for one whose times are missing, are none, or are
// too far apart.
func (u *rules) validity(c *claims.Set) (v validity, ok bool) {
	v = validity{math.MinInt64, math.MaxInt64}
	exp, hasExp, okExp := date(c, "exp")
	nbf, hasNbf, okNbf := date(c, "nbf")
	iat, hasIat, okIat := date(c, "iat")
	if !okExp || !okNbf || !okIat || !hasExp && !u.endless {
		return validity{}, false
	}
	if u.lifetime != 0 && (!hasExp || !hasIat || minus(exp, iat) > u.lifetime) {
		return validity{}, false
	}
	if hasExp {
		v.until = plus(exp, u.skew)
	}
	if hasNbf {
		v.from = minus(nbf, u.skew)
	}
	if hasIat {
		v.from = max(v.from, minus(iat, u.skew))
	}
	return v, true
}

// date reads a NumericDate. ok is false for a claim that is there and is none.
func date(c *claims.Set, name string) (at int64, there, ok bool) {
	if at, ok = c.Date(name); ok {
		return at, true, true
	}
	there = c.Has(name)
	return 0, there, !there
}

// plus and minus stay at the end of time instead of passing it. Both take a
// length of time b that is not negative; minus takes a time too.
func plus(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func minus(a, b int64) int64 {
	switch {
	case b > 0 && a < math.MinInt64+b:
		return math.MinInt64
	case b < 0 && a > math.MaxInt64+b:
		return math.MaxInt64
	}
	return a - b
}
