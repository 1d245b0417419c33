package jwt

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/guard"
)

// explain asks the one identity of a section.
func explain(t testing.TB, section, token string) Explanation {
	t.Helper()
	return compileAll(t, section)[0].(*Identity).Explain(Question{Token: token, Now: now})
}

// TestExplainIsTheGuard: whatever the token, it is explained by what the guard
// denies it for. What is not known may be denied too.
func TestExplainIsTheGuard(t *testing.T) {
	headers := []string{`{"alg": "EdDSA", "kid": "a"}`, `{"alg": "EdDSA"}`, `{"alg": "EdDSA", "kid": "b"}`, `{"alg": "HS256"}`, `{"alg": "none"}`,
		`{"alg": "EdDSA", "typ": "at+jwt"}`, `{"alg": "EdDSA", "typ": "dpop+jwt"}`, `{"alg": "EdDSA", "crit": ["x"]}`, `{`}
	options := []string{`"require": ["x.y", "exp"]`, `"max_lifetime": "1h"`, `"allow_no_expiry": true`, `"revocation": {"jti": ["1"]}`, `"types": ["at+jwt"]`, `"bound": ["mtls"]`}
	times := []string{`"NAME":`, `"NAME": "x"`, `"NAME": null`, `"NAME": 1e300`, `"NAME": -1e300`}
	for _, n := range []int64{-7200, -100, -5, -4, 4, 6, 7200} {
		times = append(times, fmt.Sprintf(`"NAME": %d`, nowS+n))
	}
	members := []string{`"iss": "x"`, `"iss":`, `"aud": ["x"]`, `"aud": ["x", "api"]`, `"aud":`, `"sub":`, `"x": {"y": 1}`, `"jti": "1"`, `"jti": "2"`, `"jti": 2`,
		`"cnf": {"x5t#S256": "` + strings.Repeat("A", 43) + `"}`, `"cnf": {"jkt": "` + strings.Repeat("A", 43) + `"}`, `"cnf": {"kid": "a"}`, `"cnf": {}`, `"aud": "api", "aud": "x"`}
	for _, name := range timeNames {
		for _, text := range times {
			members = append(members, strings.Replace(text, "NAME", name, 1))
		}
	}
	seen := map[guard.Reason]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		var chosen []string
		for _, o := range options {
			if rapid.IntRange(0, 3).Draw(rt, "option") == 0 && !(strings.HasPrefix(o, `"allow`) && len(chosen) > 0) {
				chosen = append(chosen, o)
			}
		}
		section := inline(chosen...)
		signer := rapid.SampledFrom([]string{"a", "a", "a", "b"}).Draw(rt, "signer")
		header := rapid.SampledFrom(append(headers, headers[0], headers[0], headers[0])).Draw(rt, "header")
		token := sign(signer, header, claimsWith(rapid.SliceOfN(rapid.SampledFrom(members), 0, 4).Draw(rt, "claims")...))
		x := explain(t, section, token)
		_, v := newWorker(t, section).ask(token)
		seen[v.Reason] = true
		if err := x.sound(); err != nil {
			rt.Fatal(err)
		}
		if x.Reason != v.Reason && !(x.Reason == guard.Allowed && x.unsure()) {
			rt.Fatalf("%s\n%+v\nexplained as %s, denied for %s", section, x.Findings, x.Reason, v.Reason)
		}
	})
	for _, r := range []guard.Reason{guard.Allowed, guard.TokenMalformed, guard.TokenAlgorithm, guard.TokenSignature, guard.TokenKeyUnknown, guard.TokenIssuer, guard.TokenAudience,
		guard.TokenType, guard.TokenClaim, guard.TokenExpired, guard.TokenNotYetValid, guard.TokenNotBound} {
		if !seen[r] {
			t.Logf("%s did not occur", r) // chance may miss one
		}
	}
}

// sound: the reason is that of the first refusal, and each refusal says what it
// wants.
func (x *Explanation) sound() error {
	first := guard.Allowed
	for _, f := range x.Findings {
		if f.Outcome != Refused {
			continue
		}
		if first == guard.Allowed {
			first = f.Reason
		}
		if !f.Reason.Denies() || f.Found == "" || f.Wanted == "" {
			return fmt.Errorf("%+v says too little", f)
		}
	}
	if first != x.Reason {
		return fmt.Errorf("%s, and the first finding is %s", x.Reason, first)
	}
	return nil
}

func (x *Explanation) unsure() bool {
	for _, f := range x.Findings {
		if f.Outcome == Unknown {
			return true
		}
	}
	return false
}

func (x *Explanation) finding(check string) Finding {
	for _, f := range x.Findings {
		if f.Check == check {
			return f
		}
	}
	return Finding{}
}

// TestExplain: what each check says.
func TestExplain(t *testing.T) {
	seconds := func(n int64) string { return fmt.Sprint(nowS + n) }
	for _, c := range []struct {
		name, section, token string
		want                 Finding
	}{
		{"form", inline(), "x.y", Finding{"form", Refused, guard.TokenMalformed, "malformed token: fewer than three parts", "a signed token in compact form (RFC 7515), its header in strict JSON"}},
		{"claims", inline(), sign("a", `{"alg": "EdDSA"}`, `[]`), Finding{"form", Refused, guard.TokenMalformed, "claims that cannot be read", "one JSON object in which each name stands once (RFC 7519)"}},
		{"iss", inline(), token(`"iss": "x\u001b[31m"`), Finding{"iss", Refused, guard.TokenIssuer, `"x\x1b[31m"`, `"https://issuer.example", letter by letter`}},
		{"alg", inline(), sign("a", `{"alg": "RS256"}`, claimsWith()), Finding{"alg", Refused, guard.TokenAlgorithm, "RS256", "EdDSA"}},
		{"signature of no key", inline(), sign("a", `{"alg": "RS256"}`, claimsWith()), Finding{"signature", Unknown, 0, "not checked, no kid", ""}},
		{"signature", inline(), token(), Finding{"signature", Passed, 0, `fits, kid "a"`, ""}},
		{"another signature", inline(), sign("b", `{"alg": "EdDSA", "kid": "a"}`, claimsWith()), Finding{"signature", Refused, guard.TokenSignature, `wrong signature, kid "a"`, `one of the keys "a"`}},
		{"kid", inline(), sign("a", `{"alg": "EdDSA", "kid": "b"}`, claimsWith()), Finding{"signature", Refused, guard.TokenKeyUnknown, `unknown key, kid "b"`, `one of the keys "a"`}},
		{"fetched keys", section(`"keys": {"jwks_uri": "https://issuer.example/keys", "cluster": "c"}`), token(), Finding{"signature", Unknown, 0, `not checked, kid "a"`, ""}},
		{"typ", inline(), sign("a", `{"alg": "EdDSA", "typ": "x"}`, claimsWith()), Finding{"typ", Refused, guard.TokenType, `"x"`, `"jwt", "at+jwt"`}},
		{"aud", inline(), token(`"aud": ["a", "b"]`), Finding{"aud", Refused, guard.TokenAudience, `"a", "b"`, `"api"`}},
		{"aud of another kind", inline(), token(`"aud": [1]`), Finding{"aud", Refused, guard.TokenAudience, "something else", `"api"`}},
		{"exp", inline(), token(`"exp": ` + seconds(-3700)), Finding{"exp", Refused, guard.TokenExpired, "2027-01-15T06:58:20Z, 1h1m ago", "a time at which the token is valid, with 5s for clocks that differ"}},
		{"exp to come", inline(), token(`"exp": ` + seconds(2*86400+7200+61)), Finding{"exp", Passed, 0, "2027-01-17T10:01:01Z, in 2d2h", ""}},
		{"exp missing", inline(), token(`"exp":`), Finding{"exp", Refused, guard.TokenClaim, "none", "seconds since 1970, as a number"}},
		{"exp for ever", inline(), token(`"exp": 1e300`), Finding{"exp", Passed, 0, "after all times that can be told", ""}},
		{"nbf", inline(), token(`"nbf": ` + seconds(60)), Finding{"nbf", Refused, guard.TokenNotYetValid, "2027-01-15T08:01:00Z, in 1m", "a time at which the token is valid, with 5s for clocks that differ"}},
		{"lifetime", inline(`"max_lifetime": "1h"`), token(`"iat": ` + seconds(-7200)), Finding{"lifetime", Refused, guard.TokenClaim, "2h1m", "exp at most 1h behind iat"}},
		{"no lifetime", inline(`"max_lifetime": "1h"`), token(), Finding{"lifetime", Refused, guard.TokenClaim, "not both iat and exp", "exp at most 1h behind iat"}},
		{"required", inline(`"require": ["exp", "email"]`), token(), Finding{"email", Refused, guard.TokenClaim, "none", "a claim of that name"}},
		{"required and there", inline(`"require": ["sub"]`), token(), Finding{"sub", Passed, 0, `"alice"`, ""}},
		{"jti", inline(`"revocation": {"jti": ["1"]}`), token(), Finding{"jti", Refused, guard.TokenClaim, "none", "a text by which the token can be revoked"}},
		{"revoked", inline(`"revocation": {"jti": ["1"]}`), token(`"jti": "1"`), Finding{"revocation", Refused, guard.TokenRevoked, `"1"`, "a token that the policy does not name"}},
		{"not revoked", inline(`"revocation": {"jti": ["1"]}`), token(`"jti": "2"`), Finding{"revocation", Passed, 0, "not named by the policy", ""}},
		{"not bound", inline(`"bound": ["mtls"]`), token(), Finding{"cnf", Refused, guard.TokenNotBound, "none", "a token that is bound to its sender by x5t#S256 or jkt"}},
		{"bound otherwise", inline(), token(`"cnf": {"jkt": "` + strings.Repeat("A", 43) + `"}`), Finding{"cnf", Refused, guard.TokenNotBound, "bound by dpop", "a way that the policy asks for and can check: bound, dpop"}},
		{"bound", inline(), token(`"cnf": {"x5t#S256": "` + strings.Repeat("A", 43) + `"}`), Finding{"cnf", Unknown, 0, "bound by mtls: a request must come with the certificate, or with a proof", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := explain(t, c.section, c.token)
			if got := x.finding(c.want.Check); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			signature := c.token[strings.LastIndexByte(c.token, '.')+1:]
			if len(signature) > 10 && strings.Contains(fmt.Sprintf("%+v", x.Findings), signature) {
				t.Error("the signature is shown")
			}
		})
	}
}

func TestExplainWithoutAKey(t *testing.T) {
	id := compileAll(t, inline())[0].(*Identity)
	x := id.Explain(Question{Token: sign("b", `{"alg": "EdDSA"}`, claimsWith(`"scope": "a b"`)), Now: now, NoKey: true})
	if x.Reason != guard.Allowed || x.finding("signature").Outcome != Unknown {
		t.Errorf("%s: %+v", x.Reason, x.Findings)
	}
	if x.Caller.Client != "alice" || len(x.Caller.Scopes) != 2 || x.Issuer != issuer || x.Header.Algorithm.String() != "EdDSA" {
		t.Errorf("%+v", x.Caller)
	}
	if !id.Issues(issuer) || id.Issues("") || id.Issues("x") {
		t.Error("issuers")
	}
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		token string
		want  guard.Reason
	}{
		"sound":   {sign("b", `{"alg": "HS512", "typ": "x"}`, `{}`), guard.Allowed},
		"expired": {token(fmt.Sprintf(`"exp": %d`, nowS-6)), guard.TokenExpired},
		"none":    {sign("b", `{"alg": "none"}`, `{}`), guard.TokenAlgorithm},
		"rubbish": {"rubbish", guard.TokenMalformed},
	} {
		if x := Read(Question{Token: c.token, Now: now}); x.Reason != c.want {
			t.Errorf("%s: %s", name, x.Reason)
		}
	}
}

func TestSpan(t *testing.T) {
	for length, want := range map[int64]string{
		0: "0s", 1: "0s", second: "1s", 61 * second: "1m1s", 3600 * second: "1h", 3601 * second: "1h", int64(49 * time.Hour): "2d1h",
		-90 * second: "-1m30s", math.MaxInt64: "106751d23h", math.MinInt64: "-106751d23h", -1: "0s",
	} {
		if got := span(length); got != want {
			t.Errorf("%d: %s, want %s", length, got, want)
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	if got := quote(strings.Repeat("a", 300)); len(got) != maxText+2+len("…") {
		t.Errorf("%d bytes", len(got))
	}
	if got := list(make([]string, 30)); strings.Count(got, `""`) != maxList || !strings.HasSuffix(got, ", …") {
		t.Errorf("%s", got)
	}
}
