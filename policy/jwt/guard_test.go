package jwt

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/guard"
)

func TestCheck(t *testing.T) {
	header := func(h string) string { return sign("a", h, claimsWith()) }
	at := func(name string, seconds int64) string { return fmt.Sprintf(`"%s": %d`, name, nowS+seconds) }
	for _, c := range []struct {
		name    string
		section string
		token   string
		want    guard.Reason
	}{
		{"defaults", inline(), token(), guard.Allowed},
		{"absent", inline(), "", guard.CredentialMissing},
		{"twice", inline(), token() + ", Bearer " + token(), guard.CredentialDuplicated},
		{"joined without a scheme", inline(), token() + "," + token(), guard.CredentialDuplicated},
		{"empty", inline(), " ", guard.TokenMalformed},
		{"rubbish", inline(), "rubbish", guard.TokenMalformed},
		{"oversized", inline(), token(`"x": "` + strings.Repeat("a", maxToken) + `"`), guard.TokenMalformed},
		{"with a space", inline(), token() + " x", guard.TokenMalformed},
		{"claims are a list", inline(), sign("a", `{"alg": "EdDSA"}`, `["x"]`), guard.TokenMalformed},
		{"claims are cut", inline(), sign("a", `{"alg": "EdDSA"}`, `{"iss": "x"`), guard.TokenMalformed},
		{"claims and more", inline(), sign("a", `{"alg": "EdDSA"}`, claimsWith()+"{}"), guard.TokenMalformed},
		{"a claim twice", inline(), sign("a", `{"alg": "EdDSA"}`, `{"aud": "x", "aud": "api"}`), guard.TokenMalformed},
		{"a claim twice, nested", inline(), token(`"x": {"y": {"a": 1, "a": 1}}`), guard.TokenMalformed},
		{"a claim twice, escaped", inline(), token(`"x": 1`, `"\u0078": 1`), guard.TokenMalformed},
		{"no UTF-8", inline(), token("\"x\": \"\xff\""), guard.TokenMalformed},
		{"as deep as it may be", inline(), token(`"x": ` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1)), guard.Allowed},
		{"too deep", inline(), token(`"x": ` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)), guard.TokenMalformed},
		{"far too deep", inline(), token(`"x": ` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), guard.TokenMalformed},
		{"too many values", inline(), token(`"x": [` + strings.Repeat("1,", maxValues) + `1]`), guard.TokenMalformed},
		{"crit", inline(), header(`{"alg": "EdDSA", "crit": ["exp"]}`), guard.TokenMalformed},

		{"none", inline(), header(`{"alg": "none"}`), guard.TokenAlgorithm},
		{"an algorithm of another kind", inline(), header(`{"alg": "HS256"}`), guard.TokenAlgorithm},
		{"no algorithm", inline(), header(`{"kid": "a"}`), guard.TokenAlgorithm},
		{"no key id", inline(), header(`{"alg": "EdDSA"}`), guard.Allowed},
		{"an unknown key id", inline(), header(`{"alg": "EdDSA", "kid": "b"}`), guard.TokenKeyUnknown},
		{"another's signature", inline(), sign("b", `{"alg": "EdDSA", "kid": "a"}`, claimsWith()), guard.TokenSignature},
		{"another's signature, no key id", inline(), sign("b", `{"alg": "EdDSA"}`, claimsWith()), guard.TokenSignature},
		{"its own key in the header", inline(), sign("b", `{"alg": "EdDSA", "jwk": `+jwk("b")+`}`, claimsWith()), guard.TokenSignature},

		{"another issuer", inline(), token(`"iss": "https://issuer.example/"`), guard.TokenIssuer},
		{"an issuer in other case", inline(), token(`"iss": "https://Issuer.example"`), guard.TokenIssuer},
		{"no issuer", inline(), token(`"iss":`), guard.TokenIssuer},
		{"an issuer in a list", inline(), token(`"iss": ["` + issuer + `"]`), guard.TokenIssuer},

		{"typ JWT", inline(), header(`{"alg": "EdDSA", "typ": "JWT"}`), guard.Allowed},
		{"typ in other case", inline(), header(`{"alg": "EdDSA", "typ": "jwt"}`), guard.Allowed},
		{"typ of an access token", inline(), header(`{"alg": "EdDSA", "typ": "at+jwt"}`), guard.Allowed},
		{"typ in full", inline(), header(`{"alg": "EdDSA", "typ": "Application/at+JWT"}`), guard.Allowed},
		{"typ of another family", inline(), header(`{"alg": "EdDSA", "typ": "text/jwt"}`), guard.TokenType},
		{"typ of a proof", inline(), header(`{"alg": "EdDSA", "typ": "dpop+jwt"}`), guard.TokenType},
		{"typ must be there", inline(`"types": ["at+jwt"]`), header(`{"alg": "EdDSA"}`), guard.TokenType},
		{"typ must be there and is", inline(`"types": ["at+jwt"]`), header(`{"alg": "EdDSA", "typ": "at+jwt"}`), guard.Allowed},
		{"typ JWT is not enough", inline(`"types": ["at+jwt"]`), header(`{"alg": "EdDSA", "typ": "JWT"}`), guard.TokenType},

		{"audience in a list", inline(), token(`"aud": ["x", "api"]`), guard.Allowed},
		{"another audience", inline(), token(`"aud": "x"`), guard.TokenAudience},
		{"audiences that begin alike", inline(), token(`"aud": ["ap", "apis", "api/"]`), guard.TokenAudience},
		{"no audience", inline(), token(`"aud":`), guard.TokenAudience},
		{"an empty list of audiences", inline(), token(`"aud": []`), guard.TokenAudience},
		{"a number among audiences", inline(), token(`"aud": ["api", 1]`), guard.TokenAudience},
		{"an audience in a list in a list", inline(), token(`"aud": [["api"]]`), guard.TokenAudience},
		{"unchecked", strings.Replace(inline(), `["api"]`, `"unchecked"`, 1), token(`"aud":`), guard.Allowed},

		{"within the skew", inline(), token(at("exp", -4)), guard.Allowed},
		{"at the end of the skew", inline(), token(at("exp", -5)), guard.TokenExpired},
		{"a moment before", inline(), token(fmt.Sprintf(`"exp": %d.001`, nowS-5)), guard.Allowed},
		{"no skew", inline(`"clock_skew": "0s"`), token(at("exp", 0)), guard.TokenExpired},
		{"a negative exp", inline(), token(`"exp": -1`), guard.TokenExpired},
		{"exp at the end of time", inline(), token(`"exp": 1e300`), guard.Allowed},
		{"exp before the beginning of time", inline(), token(`"exp": -1e300`), guard.TokenExpired},
		{"exp wraps around", inline(), token(`"exp": 18446744073709551616`), guard.Allowed},
		{"exp is a text", inline(), token(fmt.Sprintf(`"exp": "%d"`, nowS+60)), guard.TokenClaim},
		{"exp is a list", inline(), token(`"exp": []`), guard.TokenClaim},
		{"no exp", inline(), token(`"exp":`), guard.TokenClaim},
		{"exp is null", inline(), token(`"exp": null`), guard.TokenClaim},
		{"no exp, where it need not be", inline(`"allow_no_expiry": true`), token(`"exp":`), guard.Allowed},
		{"exp is looked at where it need not be", inline(`"allow_no_expiry": true`), token(at("exp", -60)), guard.TokenExpired},
		{"nbf within the skew", inline(), token(at("nbf", 5)), guard.Allowed},
		{"nbf behind the skew", inline(), token(at("nbf", 6)), guard.TokenNotYetValid},
		{"nbf at the end of time", inline(), token(`"nbf": 1e300`), guard.TokenNotYetValid},
		{"nbf is a text", inline(), token(`"nbf": "1"`), guard.TokenClaim},
		{"nbf behind iat", inline(), token(at("nbf", 6), at("iat", -60)), guard.TokenNotYetValid},
		{"iat in the future", inline(), token(at("iat", 6)), guard.TokenNotYetValid},
		{"iat is a text", inline(), token(`"iat": "1"`), guard.TokenClaim},

		{"a lifetime", inline(`"max_lifetime": "1h"`), token(at("iat", -3540)), guard.Allowed},
		{"a lifetime that is too long", inline(`"max_lifetime": "1h"`), token(at("iat", -3541)), guard.TokenClaim},
		{"a lifetime from the beginning of time", inline(`"max_lifetime": "1h"`), token(`"iat": -1e300`), guard.TokenClaim},
		{"a lifetime that nobody knows", inline(`"max_lifetime": "1h"`), token(), guard.TokenClaim},
		{"a lifetime of a century that nobody knows", inline(`"max_lifetime": "36500d"`), token(), guard.TokenClaim},
		{"a lifetime of a century", inline(`"max_lifetime": "36500d"`), token(at("iat", 0)), guard.Allowed},
		{"a claim that is required", inline(`"require": ["sub", "x.y"]`), token(`"x": {"y": false}`), guard.Allowed},
		{"a required claim is missing", inline(`"require": ["x.y"]`), token(`"x": {}`), guard.TokenClaim},
		{"a required claim is null", inline(`"require": ["x"]`), token(`"x": null`), guard.TokenClaim},

		{"not revoked", inline(`"revocation": {"jti": ["1"]}`), token(`"jti": "2"`), guard.Allowed},
		{"revoked", inline(`"revocation": {"jti": ["1"]}`), token(`"jti": "1"`), guard.TokenRevoked},
		{"cannot be revoked", inline(`"revocation": {"jti": ["1"]}`), token(), guard.TokenClaim},
		{"an empty id", inline(`"revocation": {"jti": ["1"]}`), token(`"jti": ""`), guard.TokenClaim},
		{"an id that is a number", inline(`"revocation": {"jti": ["1"]}`), token(`"jti": 1`), guard.TokenClaim},
		{"an id that is too long", inline(`"revocation": {"jti": ["1"]}`), token(`"jti": "` + strings.Repeat("1", maxID+1) + `"`), guard.TokenClaim},

		{"a shared secret", `{"issuer": "` + issuer + `", "audiences": ["api"], "algorithms": ["HS256"], "keys": {"secret": {"value": "` + secret + `"}}}`,
			sign(secret, `{"alg": "HS256"}`, claimsWith()), guard.Allowed},
		{"bound, and nobody shows a certificate", inline(), token(`"cnf": {"x5t#S256": "` + strings.Repeat("A", 43) + `"}`), guard.TokenNotBound},
		{"bound to nobody", inline(`"bound": ["mtls"]`), token(), guard.TokenNotBound},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorker(t, c.section)
			w.want(t, c.token, c.want)
			w.want(t, c.token, c.want) // the same again, whatever was remembered
			w.want(t, token(`"iss": "x"`), guard.TokenIssuer)
		})
	}
}

func TestCaller(t *testing.T) {
	w := newWorker(t, inline(`"claims": {"client": "client_id", "scopes": "https://x.example/scp", "roles": "realm.roles", "tenant": "o.t"}`,
		`"forward": {"payload": "X-Payload", "claims": {"x-b": "realm.roles", "X-A": "client_id", "x-c": "none", "x-d": "o", "x-e": "yes", "x-f": "n"}}`))
	claims := claimsWith(`"client_id": "c, 1\r\n"`, `"https://x.example/scp": ["a", "b"]`, `"realm": {"roles": ["r,1", "r%2", " r3"]}`,
		`"o": {"t": "t-1"}`, `"yes": true`, `"n": 1.50`, `"jti": "id-1"`)
	r := w.want(t, sign("a", `{"alg": "EdDSA"}`, claims), guard.Allowed)
	got := r.Caller
	got.Claims = nil
	want := guard.Caller{Identity: "a", Client: "c, 1\r\n", Tenant: "t-1", Key: "id-1", Scopes: []string{"a", "b"}, Roles: []string{"r,1", "r%2", " r3"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the caller is %+v, want %+v", got, want)
	}
	payload := strings.Split(sign("a", `{"alg": "EdDSA"}`, claims), ".")[1]
	edits := guard.Edits{
		{Op: guard.Add, Name: "x-payload", Value: payload}, {Op: guard.Add, Name: "x-a", Value: "c, 1%0D%0A"},
		{Op: guard.Add, Name: "x-b", Value: "r%2C1,r%252,%20r3"}, {Op: guard.Add, Name: "x-e", Value: "true"}, {Op: guard.Add, Name: "x-f", Value: "1.50"},
	}
	if !reflect.DeepEqual(r.Upstream, edits) {
		t.Errorf("the upstream is told %v, want %v", r.Upstream, edits)
	}
	if v, ok := r.Caller.Claims.Claim("realm.roles"); ok {
		t.Errorf("a list is one value: %q", v)
	}
	if v, ok := r.Caller.Claims.Claim("o.t"); v != "t-1" || !ok {
		t.Errorf("claim o.t is %q, %t", v, ok)
	}
}

// TestDefaultClaims: without "claims" the client is sub, and the scopes are scope.
func TestDefaultClaims(t *testing.T) {
	r := newWorker(t, inline()).want(t, token(`"scope": "a b  c"`, `"roles": ["r"]`), guard.Allowed)
	if r.Caller.Client != "alice" || !reflect.DeepEqual(r.Caller.Scopes, []string{"a", "b", "c"}) || r.Caller.Roles != nil || r.Caller.Tenant != "" {
		t.Errorf("%+v", r.Caller)
	}
}

// TestCallersAreApart: what a request appends to its lists, the next does not see.
func TestCallersAreApart(t *testing.T) {
	w := newWorker(t, inline(`"forward": {"claims": {"x-a": "sub"}}`))
	text := token(`"scope": "a b"`)
	w.want(t, text, guard.Allowed)
	for range 2 {
		r := w.want(t, text, guard.Allowed)
		if len(r.Caller.Scopes) != 2 || len(r.Upstream) != 1 {
			t.Fatalf("%v, %v", r.Caller.Scopes, r.Upstream)
		}
		scopes := append(r.Caller.Scopes, "admin")
		r.Upstream.Add("x-b", scopes[2])
	}
}

// TestIssuersChoose: of several identities the one judges whose issuer the token
// names, and no other is asked.
func TestIssuersChoose(t *testing.T) {
	other := strings.NewReplacer(issuer, "https://other.example", jwks("a"), jwks("b")).Replace(inline())
	w := newWorker(t, inline(), other)
	if r := w.want(t, token(), guard.Allowed); r.Caller.Identity != "a" {
		t.Errorf("judged by %q", r.Caller.Identity)
	}
	mine := sign("b", `{"alg": "EdDSA", "kid": "b"}`, claimsWith(`"iss": "https://other.example"`))
	for range 2 {
		if r := w.want(t, mine, guard.Allowed); r.Caller.Identity != "b" {
			t.Errorf("judged by %q", r.Caller.Identity)
		}
	}
	w.want(t, token(`"iss": "https://other.example"`), guard.TokenKeyUnknown) // signed by the key of the first
	w.want(t, token(`"iss": "https://third.example"`), guard.TokenIssuer)
}

func TestChallenges(t *testing.T) {
	for _, c := range []struct{ name, more, missing, invalid string }{
		{"defaults", `"require": ["sub"]`, `Bearer realm="sallyport"`, `Bearer realm="sallyport", error="invalid_token"`},
		{"a cookie", `"from": [{"cookie": "c"}, {"header": "authorization", "scheme": "bearer"}]`, `Bearer realm="sallyport"`, `Bearer realm="sallyport", error="invalid_token"`},
		{"proofs", `"bound": ["dpop"], "dpop": {"origins": ["https://api.example.com"], "algorithms": ["ES256"]}`,
			`DPoP realm="sallyport", algs="ES256"`, `DPoP realm="sallyport", algs="ES256", error="invalid_token"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorker(t, inline(c.more))
			if _, v := w.ask(""); v.Challenge != c.missing || v.Reason != guard.CredentialMissing {
				t.Errorf("without a token: %s %q, want %q", v.Reason, v.Challenge, c.missing)
			}
			if _, v := w.ask("x"); v.Challenge != c.invalid || v.Reason != guard.TokenMalformed {
				t.Errorf("with a bad one: %s %q, want %q", v.Reason, v.Challenge, c.invalid)
			}
		})
	}
}

// TestRememberedTokensAllocateNothing also with headers for the upstream, a list
// of revoked tokens and fetched keys.
func TestRememberedTokensAllocateNothing(t *testing.T) {
	for _, body := range []string{
		inline(),
		inline(`"forward": {"payload": "x-p", "claims": {"x-a": "sub"}}`, `"revocation": {"jti": ["1"]}`),
		section(`"keys": {"jwks_uri": "https://issuer.example/keys", "cluster": "c"}`, `"revocation": {"list": {"url": "https://issuer.example/revoked", "cluster": "c"}}`),
	} {
		w := newWorker(t, body)
		w.Answer = serve(map[string]string{"/keys": jwks("a"), "/revoked": "# none\n"})
		text := token(`"jti": "2"`, `"x": "`+strings.Repeat("x", 2000)+`"`)
		w.want(t, text, guard.Allowed)
		r := w.request(text)
		n := testing.AllocsPerRun(100, func() {
			r.Upstream, r.Caller = r.Upstream[:0], guard.Caller{}
			if v := w.guard.Check(r); !v.Allows() {
				t.Fatal(v.Reason)
			}
		})
		if n != 0 {
			t.Errorf("%v allocations, want 0:\n%s", n, body)
		}
	}
}

// TestOddBytes: a token that is remembered, with one byte more or another, is
// refused as it is by a worker that remembers nothing.
func TestOddBytes(t *testing.T) {
	w := newWorker(t, inline())
	text := token()
	w.want(t, text, guard.Allowed)
	for c := range 256 {
		if c == ',' || c == ' ' || c == '\t' { // that is the header's
			continue
		}
		for name, odd := range map[string]string{
			"before": string([]byte{byte(c)}) + text, "behind": text + string([]byte{byte(c)}),
			"within": text[:40] + string([]byte{byte(c)}) + text[40:], "instead": text[:40] + string([]byte{byte(c)}) + text[41:],
		} {
			if odd == text {
				continue
			}
			_, fresh := newWorker(t, inline()).ask(odd)
			if _, v := w.ask(odd); v != fresh || v.Allows() || (c <= ' ' || c > '~') && v.Reason != guard.TokenMalformed {
				t.Errorf("%#02x %s: %v, want %v", c, name, v, fresh)
			}
		}
	}
	for name, odd := range map[string]string{"empty": " ", "too long": strings.Repeat("a", maxToken+1), "a space": text[:40] + " " + text[40:]} {
		if _, v := w.ask(odd); v.Reason != guard.TokenMalformed {
			t.Errorf("%s: %s", name, v.Reason)
		}
	}
	w.want(t, text, guard.Allowed)
}

// TestEachReadsItsPlaces: a token passes where its own identity reads, whatever
// the order in which identities, kinds and sources stand.
func TestEachReadsItsPlaces(t *testing.T) {
	from := func(issuer, places string) string {
		return `{"issuer": "` + issuer + `", "audiences": ["api"], "algorithms": ["EdDSA"], "keys": {"jwks": ` + jwks("a") + `}, "from": [` + places + `]}`
	}
	one, two := `{"query": "q"}, {"header": "x-one"}, {"header": "authorization", "scheme": "b"}`, `{"cookie": "c"}, {"header": "authorization", "scheme": "longer"}, {"header": "x-one"}`
	all := compileAll(t, from("one", one), from("two", two))
	places := map[string][]string{ // who reads each
		"x-one: %s": {"one", "two"}, "authorization: b %s": {"one"}, "authorization: longer %s": {"two"}, "cookie: c=%s": {"two"}, "?q=%s": {"one"},
	}
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		w := newWorker(t, inline())
		w.state = NewState(all, "test", [16]byte{1}, [16]byte{2})
		first, second := all[order[0]].(*Identity), all[order[1]].(*Identity)
		for _, kinds := range [][]authenticate.Kind{
			{NewGuard([]*Identity{first, second}, w.state)},
			{NewGuard([]*Identity{first}, w.state), NewGuard([]*Identity{second}, w.state)},
		} {
			w.guard = authenticate.New(kinds, false, "")
			for range 2 { // verified, and remembered
				for place, readers := range places {
					for _, issuer := range []string{"one", "two"} {
						r := w.request("")
						text := fmt.Sprintf(place, token(`"iss": "`+issuer+`"`))
						if query, ok := strings.CutPrefix(text, "?"); ok {
							r.Query = query
						} else {
							name, value, _ := strings.Cut(text, ": ")
							r.Headers = append(r.Headers, guard.Header{Name: name, Value: value})
						}
						v, want := w.guard.Check(r), guard.TokenIssuer
						if slices.Contains(readers, issuer) {
							want = guard.Allowed
						}
						if v.Reason != want {
							t.Errorf("of %s at %s: %s, want %s", issuer, place, v.Reason, want)
						}
					}
				}
			}
		}
	}
}

// TestMemoryIsUsedAgain: what is remembered does not stand in the memory of the
// request that brought it.
func TestMemoryIsUsedAgain(t *testing.T) {
	w := newWorker(t, inline(`"forward": {"payload": "x-p"}`))
	memory := []byte("Bearer " + token())
	r := w.request("")
	r.Headers = append(r.Headers, guard.Header{Name: "authorization", Value: unsafe.String(&memory[0], len(memory))})
	if v := w.guard.Check(r); !v.Allows() || w.state.cache.count != 1 {
		t.Fatalf("%s, %d remembered", v.Reason, w.state.cache.count)
	}
	for i := range memory {
		memory[i] = 'x'
	}
	for _, e := range w.state.cache.all() {
		if e.raw != token() || e.headers[0].Value != strings.Split(token(), ".")[1] {
			t.Errorf("%q is remembered, and %v", e.raw, e.headers)
		}
	}
}

func TestMediaTypes(t *testing.T) {
	for text, want := range map[string]string{
		"JWT": "jwt", "application/at+jwt": "at+jwt", "APPLICATION/JWT": "jwt", "text/jwt": "text/jwt", "application/a/b": "application/a/b", "": "",
	} {
		if got := mediaType(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestNobodyIssuesNothing(t *testing.T) {
	if (&Identity{issuers: []string{""}}).issues("") {
		t.Error("a token without an issuer has one")
	}
}
