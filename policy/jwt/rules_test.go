package jwt

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/guard"
)

// numericDate draws a number as a claim may have it: whole, with a fraction, with
// an exponent, near now and far from everything.
func numericDate() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Map(rapid.Int64Range(nowS-100, nowS+100), func(n int64) string { return fmt.Sprint(n) }),
		rapid.Map(rapid.Int64Range((nowS-10)*1000, (nowS+10)*1000), func(n int64) string { return fmt.Sprintf("%d.%03d", n/1000, n%1000) }),
		rapid.Map(rapid.Int64(), func(n int64) string { return fmt.Sprint(n) }),
		rapid.StringMatching(`-?[1-9][0-9]{0,30}`),
		rapid.StringMatching(`-?[1-9](\.[0-9]{1,20})?e[+-]?[0-9]{1,3}`),
		rapid.SampledFrom([]string{"0", "-0", "9223372036854775807", "-9223372036854775808", "9223372036", "9223372037", "-9223372037"}),
	)
}

// TestTimesAreExact: whether a token is valid is what unbounded arithmetic says,
// to a microsecond.
func TestTimesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rules{skew: rapid.Int64Range(0, 600*second).Draw(t, "skew"), lifetime: rapid.SampledFrom([]int64{0, 3600 * second}).Draw(t, "lifetime")}
		exp, nbf, iat := numericDate().Draw(t, "exp"), numericDate().Draw(t, "nbf"), numericDate().Draw(t, "iat")
		set, err := claims.Parse(fmt.Appendf(nil, `{"exp": %s, "nbf": %s, "iat": %s}`, exp, nbf, iat), claimBounds)
		if err != nil {
			t.Fatal(err)
		}
		got := guard.TokenClaim
		if v, ok := u.validity(set); ok {
			got = v.at(now)
		}
		want, near := u.slow(exact(exp), exact(nbf), exact(iat))
		if got != want && !near {
			t.Fatalf("exp %s, nbf %s, iat %s: %s, want %s", exp, nbf, iat, got, want)
		}
	})
}

// exact returns a time in nanoseconds; one that int64 cannot tell is the end of
// time, from the last whole second on.
func exact(text string) *big.Float {
	f, _, err := big.ParseFloat(text, 10, 4000, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	const most = math.MaxInt64 / 1_000_000_000
	switch {
	case f.Cmp(big.NewFloat(most)) >= 0:
		return new(big.Float).SetInt64(math.MaxInt64)
	case f.Cmp(big.NewFloat(-most)) <= 0:
		return new(big.Float).SetInt64(math.MinInt64)
	}
	return f.Mul(f, big.NewFloat(1e9))
}

// slow is validity and at, in unbounded arithmetic. near: so near to a bound that
// a float64 of seconds cannot tell.
func (u *rules) slow(exp, nbf, iat *big.Float) (reason guard.Reason, near bool) {
	of := func(n int64) *big.Float { return new(big.Float).SetPrec(4000).SetInt64(n) }
	above := func(a, b *big.Float, than int64) bool { // a - b > than
		d := new(big.Float).SetPrec(4000).Sub(a, b)
		d.Sub(d, of(than))
		near = near || d.Sign() != 0 && new(big.Float).Abs(d).Cmp(of(1000)) < 0
		return d.Sign() > 0
	}
	switch {
	case u.lifetime != 0 && above(exp, iat, u.lifetime):
		return guard.TokenClaim, near
	case !above(exp, of(now), -u.skew):
		return guard.TokenExpired, near
	case above(nbf, of(now), u.skew), above(iat, of(now), u.skew):
		return guard.TokenNotYetValid, near
	}
	return guard.Allowed, near
}

// TestSaturation holds plus and minus against unbounded arithmetic.
func TestSaturation(t *testing.T) {
	clamp := func(b *big.Int) int64 {
		switch {
		case b.IsInt64():
			return b.Int64()
		case b.Sign() < 0:
			return math.MinInt64
		}
		return math.MaxInt64
	}
	number := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		if got, want := minus(a, b), clamp(new(big.Int).Sub(big.NewInt(a), big.NewInt(b))); got != want {
			t.Fatalf("%d - %d = %d, want %d", a, b, got, want)
		}
		if b < 0 {
			return
		}
		if got, want := plus(a, b), clamp(new(big.Int).Add(big.NewInt(a), big.NewInt(b))); got != want {
			t.Fatalf("%d + %d = %d, want %d", a, b, got, want)
		}
	})
}

// claimSeeds are claims that clients have sent, or may.
var claimSeeds = []string{
	`{}`, `[]`, `null`, `{`, `{"exp": 1}`, `{"exp": 1800000060, "aud": "api", "iss": "https://issuer.example"}`,
	`{"iss": "https://issuer.example", "aud": ["api"], "exp": 1e10, "sub": "alice"}`,
	`{"exp": 99999999999999999999999, "aud": ["x", 1]}`, `{"exp": -1e999}`, `{"exp": "1"}`, `{"exp": 1, "exp": 2}`,
	`{"aud": {"api": "api"}}`, `{"a": {"b": {"c": [1, [2, {"d": null}]]}}}`, `{"\u0065xp": 1}`, "{\"x\": \"\xff\"}",
	`{"cnf": {"jkt": "x"}}`, `{"cnf": []}`, `{"scope": ["a", "b"], "jti": "x"}`,
}

// FuzzClaims: whatever claims say, they are judged without a panic; and what is
// accepted says at least what it must, for a reader that knows nothing of ours.
func FuzzClaims(f *testing.F) {
	for _, s := range claimSeeds {
		f.Add(s)
	}
	w := newWorker(f, inline(`"require": ["sub"]`, `"forward": {"payload": "x-p", "claims": {"x-a": "sub", "x-b": "scope", "x-c": "a.b"}}`))
	f.Fuzz(func(t *testing.T, text string) {
		r, v := w.ask(sign("a", `{"alg": "EdDSA"}`, text))
		if !v.Allows() {
			if r.Caller.Identity != "" || len(r.Upstream) > 0 {
				t.Fatalf("%q: denied, and yet somebody", text)
			}
			return
		}
		if err := says(text); err != nil {
			t.Fatalf("%q was accepted: %v", text, err)
		}
		for _, e := range r.Upstream {
			for i := range len(e.Value) {
				if e.Value[i] < ' ' || e.Value[i] > '~' {
					t.Fatalf("%q: the header %s has the byte %#x", text, e.Name, e.Value[i])
				}
			}
		}
	})
}

func TestClaimSeedsAreThere(t *testing.T) {
	if len(claimSeeds) < 15 {
		t.Errorf("%d seeds", len(claimSeeds))
	}
}
