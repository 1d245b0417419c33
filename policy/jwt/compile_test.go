package jwt

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
)

const notSound = `{"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]}`

// TestProblems: every contradiction is a problem, at its place, with a remedy.
func TestProblems(t *testing.T) {
	short := strings.Replace(secret, " of thirty-two", "", 1)
	withSecret := func(algorithms, secret string) string {
		return `{"issuer": "` + issuer + `", "audiences": ["api"], "algorithms": ` + algorithms + `, "keys": {"secret": {"value": "` + secret + `"}}}`
	}
	for _, c := range []struct{ name, section, at, found string }{
		{"an issuer twice", strings.Replace(inline(), `"issuer": "`+issuer+`"`, `"issuers": ["x", "x"]`, 1), "issuers[1]", "is the same as"},
		{"an audience twice", strings.Replace(inline(), `["api"]`, `["api", "api"]`, 1), "audiences[1]", "is the same as"},
		{"an algorithm twice", strings.Replace(inline(), `["EdDSA"]`, `["EdDSA", "EdDSA"]`, 1), "algorithms[1]", "is the same as"},
		{"HS256 beside others", strings.Replace(inline(), `["EdDSA"]`, `["EdDSA", "HS256"]`, 1), "algorithms", "HS* beside others"},
		{"HS256 with public keys", strings.Replace(inline(), `["EdDSA"]`, `["HS256"]`, 1), "keys", "has no secret"},
		{"HS256 with fetched keys", strings.Replace(section(fromURI), `["EdDSA"]`, `["HS256"]`, 1), "keys", "has no secret"},
		{"a secret for public keys", withSecret(`["EdDSA"]`, secret), "keys.secret", "is a shared secret"},
		{"a secret that is too short", withSecret(`["HS256"]`, short), "keys.secret", "at least 32 bytes"},
		{"a secret too short for one", withSecret(`["HS256", "HS512"]`, secret), "keys.secret", "at least 64 bytes"},
		{"an algorithm that no key fits", strings.Replace(inline(), `["EdDSA"]`, `["EdDSA", "ES256"]`, 1), "algorithms", "has ES256, which none of the keys fits"},
		{"a set without a sound key", section(`"keys": {"jwks": ` + notSound + `}`), "keys.jwks", "cannot be used"},
		{"a set with an unsound key", section(`"keys": {"jwks": {"keys": [` + jwk("a") + `, {"kty": "oct", "kid": "b", "k": "AAAA"}]}}`), "keys.jwks", "has a key that cannot be used"},
		{"a set that is none", section(`"keys": {"jwks": {"key": []}}`), "keys.jwks", "cannot be used"},
		{"PEM that is none", section(`"keys": {"pem": "x"}`), "keys.pem", "no PEM"},
		{"no cluster for jwks_uri", section(`"keys": {"jwks_uri": "https://x.example/k"}`), "keys.cluster", "is missing"},
		{"no cluster for discovery", section(`"keys": {"discovery": "` + issuer + `"}`), "keys.cluster", "is missing"},
		{"a cluster for nothing", section(`"keys": {"cluster": "c", "jwks": ` + jwks("a") + `}`), "keys.cluster", "stands beside"},
		{"an address that is none", section(`"keys": {"jwks_uri": "issuer.example/k", "cluster": "c"}`), "keys.jwks_uri", "does not begin with"},
		{"an address with a password", section(`"keys": {"jwks_uri": "https://u:p@x.example/k", "cluster": "c"}`), "keys.jwks_uri", "has no host"},
		{"metadata of another issuer", section(`"keys": {"discovery": "https://other.example", "cluster": "c"}`), "keys.discovery", "is no issuer of this identity"},
		{"an issuer that is no address", strings.Replace(section(`"keys": {"discovery": "joe", "cluster": "c"}`), issuer, "joe", 1), "keys.discovery", "does not begin with"},
		{"exp that may and must not be missing", inline(`"allow_no_expiry": true`, `"require": ["exp"]`), "allow_no_expiry", `stands beside "exp"`},
		{"a lifetime without an end", inline(`"allow_no_expiry": true`, `"max_lifetime": "1h"`), "allow_no_expiry", "stands beside max_lifetime"},
		{"a claim required twice", inline(`"require": ["sub", "sub"]`), "require[1]", "is the same as"},
		{"a type twice", inline(`"types": ["at+jwt", "application/AT+JWT"]`), "types[1]", "is there twice"},
		{"a type that is none", inline(`"types": ["at jwt"]`), "types[0]", "is no media type"},
		{"an id twice", inline(`"revocation": {"jti": ["1", "1"]}`), "revocation.jti[1]", "is the same as"},
		{"an id that is too long", inline(`"revocation": {"jti": ["` + strings.Repeat("1", 257) + `"]}`), "revocation.jti", "too long"},
		{"a list at no address", inline(`"revocation": {"list": {"url": "/revoked", "cluster": "c"}}`), "revocation.list.url", "does not begin with"},
		{"a header that is none", inline(`"forward": {"payload": "x y"}`), "forward.payload", "is not a header name"},
		{"the token's own header", inline(`"forward": {"claims": {"Authorization": "sub"}}`), "forward.claims.Authorization", "sets a header"},
		{"a header twice", inline(`"forward": {"claims": {"X-A": "sub", "x-a": "iss"}}`), "forward.claims.x-a", "again"},
		{"the header of payload twice", inline(`"forward": {"payload": "x-a", "claims": {"x-a": "iss"}}`), "forward.claims.x-a", "again"},
		{"proofs without an address", inline(`"bound": ["dpop"]`), "bound", `has "dpop"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			const at = document.Path("identities.a.jwt")
			if id := Compile("a", *sections(t, c.section)["a"].JWT, at, testSecret, &p); id == nil {
				t.Fatal("no identity")
			}
			place := func(p document.Problem) bool { return string(p.Path) == string(at)+"."+c.at }
			i := slices.IndexFunc(p.List(), place)
			if i < 0 || !strings.Contains(p.List()[i].Found, c.found) || p.List()[i].Remedy == "" {
				t.Errorf("%v, want %s at %s", p.List(), c.found, c.at)
			}
			if text := p.Err().Error(); strings.Contains(text, secret) || strings.Contains(text, short) {
				t.Errorf("a secret is told: %s", text)
			}
		})
	}
}

// TestRoutes: two identities that one token could go to are a problem.
func TestRoutes(t *testing.T) {
	elsewhere := `"from": [{"cookie": "c"}]`
	other := strings.Replace(inline(), issuer, "https://other.example", 1)
	for _, c := range []struct {
		name   string
		bodies []string
		want   int
	}{
		{"one", []string{inline()}, 0},
		{"the same issuer in the same place", []string{inline(), inline()}, 1},
		{"in two places", []string{inline(), inline(elsewhere)}, 0},
		{"two issuers", []string{inline(), other}, 0},
		{"three, two of them alike", []string{inline(), other, inline()}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			if CheckRoute(compileAll(t, c.bodies...), "routes[0].identities", &p); len(p.List()) != c.want {
				t.Errorf("%v, want %d problems", p.List(), c.want)
			}
		})
	}
}

// TestCallsOut: a route may suspend its requests where something is fetched.
func TestCallsOut(t *testing.T) {
	for body, want := range map[string]bool{
		inline():            false,
		section(fromURI):    true,
		inline(fetchedList): true,
		section(`"keys": {"discovery": "` + issuer + `", "cluster": "c"}`): true,
	} {
		if got := compileAll(t, body)[0].CallsOut(); got != want {
			t.Errorf("%t, want %t: %s", got, want, body)
		}
	}
}
