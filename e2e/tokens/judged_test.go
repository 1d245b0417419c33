package tokens

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport.dev/sallyport/e2e/provider"
	"sallyport.dev/sallyport/e2e/provider/registered"
	"sallyport.dev/sallyport/internal/scenario"
)

// short is the lifetime of tokens that expire while the test looks on.
const short = 4 * time.Second

// access is what zitadel's access tokens say and its ID tokens do not, which are for the same audience and of the same type.
var access = []string{"scope"}

// judged: tokens of both providers pass with keys from each source, and what is wrong with others is found.
func (v envoy) judged(t *testing.T) {
	zitadel, fosite := provider.Start(t, provider.Zitadel, provider.Settings{}), provider.Start(t, provider.Fosite, provider.Settings{Algorithm: "ES256"})
	brief := provider.Start(t, provider.Fosite, provider.Settings{Lifetime: short})
	away := func(p *provider.Provider, name string) []object {
		return []object{
			tokensOf(p, object{"discovery": p.Issuer, "cluster": name}, object{"require": access}),
			tokensOf(p, object{"jwks_uri": p.Issuer + p.KeySet, "cluster": name}, object{"require": access, "clock_skew": "0s"}),
		}
	}
	z, f, b := away(zitadel, "zitadel"), away(fosite, "fosite"), away(brief, "brief")
	g := v.start(t, object{
		"identities": object{"zd": z[0], "zk": z[1], "fd": f[0], "fk": f[1], "bk": b[1]},
		"routes": []object{route("zitadel-discovery", "zd"), route("zitadel-keys", "zk"), route("fosite-discovery", "fd"),
			route("fosite-keys", "fk"), route("both", "zd", "fk"), route("brief", "bk")},
	}, map[string]string{"zitadel": zitadel.Address, "fosite": fosite.Address, "brief": brief.Address}, 1)
	t.Run("credentials", func(t *testing.T) { g.credentials(t, zitadel, fosite) })
	t.Run("a user", func(t *testing.T) { g.user(t, zitadel) })
	t.Run("refused", func(t *testing.T) { g.wrong(t, zitadel, fosite) })
	t.Run("expires", func(t *testing.T) { g.expires(t, brief) })
}

// credentials: what clients fetch for themselves passes, on every route that takes the issuer's tokens and on no other.
func (g *gateway) credentials(t *testing.T, zitadel, fosite *provider.Provider) {
	ours, theirs := zitadel.ClientCredentials(t, "orders:read", ""), fosite.ClientCredentials(t, "orders:read", "")
	for _, c := range []struct {
		token  string
		routes []string
		others []string
	}{
		{ours, []string{"/zitadel-discovery", "/zitadel-keys", "/both"}, []string{"/fosite-discovery", "/fosite-keys"}},
		{theirs, []string{"/fosite-discovery", "/fosite-keys", "/both"}, []string{"/zitadel-discovery", "/zitadel-keys"}},
	} {
		for range 2 { // the second time it is remembered
			for _, target := range c.routes {
				up := g.passes(t, target, c.token)
				wantHeader(t, up, "x-client", registered.Job.ID)
			}
			for _, target := range c.others {
				g.refuses(t, target, c.token, http.StatusUnauthorized, "token-issuer")
			}
		}
	}
}

func wantHeader(t *testing.T, up *scenario.Forwarded, name, want string) {
	t.Helper()
	if got := scenario.Values(up.Headers, name); !slices.Equal(got, []string{want}) {
		t.Errorf("%s is %q, want %q", name, got, want)
	}
}

// user: of what a user's client gets by authorization code with PKCE the access tokens pass, also the refreshed one, and
// nothing else.
func (g *gateway) user(t *testing.T, zitadel *provider.Provider) {
	tokens := zitadel.AuthorizationCode(t)
	refreshed := zitadel.RefreshTokens(t, tokens.Refresh)
	for _, target := range []string{"/zitadel-discovery", "/zitadel-keys", "/both"} {
		for _, token := range []string{tokens.Access, refreshed.Access} {
			up := g.passes(t, target, token)
			wantHeader(t, up, "x-client", registered.App.ID)
			wantHeader(t, up, "x-roles", "buyer")
		}
		g.refuses(t, target, tokens.ID, http.StatusUnauthorized, "token-claim")
		g.refuses(t, target, refreshed.Refresh, http.StatusUnauthorized, "token-malformed")
	}
}

// wrong: each way to be wrong has its reason.
func (g *gateway) wrong(t *testing.T, zitadel, fosite *provider.Provider) {
	good := zitadel.ClientCredentials(t, "orders:read", "")
	head, payload, signature := parts(t, good)
	const target = "/zitadel-keys"
	g.passes(t, target, good)
	for _, c := range []struct{ name, target, token, reason string }{
		{"for another API", "/fosite-keys", fosite.ClientCredentials(t, "orders:read", "https://other.example.com"), "token-audience"},
		{"another scope", target, join(head, edited(t, payload, "scope", "orders:read orders:write"), signature), "token-signature"},
		{"no signature", target, join(head, payload, ""), "token-malformed"},
		{"none", target, join(`{"alg":"none","typ":"JWT"}`, payload, ""), "token-algorithm"},
		{"none with a signature", target, join(`{"alg":"none","typ":"JWT"}`, payload, signature), "token-algorithm"},
		{"HS256 by the public key", target, join(edited(t, head, "alg", "HS256"), payload, signature), "token-algorithm"},
		{"ES256 of an RSA key", target, join(edited(t, head, "alg", "ES256"), payload, signature), "token-algorithm"},
		{"another issuer in the claims", "/both", join(head, edited(t, payload, "iss", fosite.Issuer), signature), "token-key-unknown"},
		{"an issuer with a slash", target, join(head, edited(t, payload, "iss", zitadel.Issuer+"/"), signature), "token-issuer"},
		{"signed by us under their key's name", target, forged(t, head, payload), "token-signature"},
		{"signed by us", target, forged(t, edited(t, head, "kid", "ours"), payload), "token-key-unknown"},
		{"cut", target, good[:len(good)-1], "token-malformed"},
		{"encrypted", target, zitadel.OpaqueToken(t, "orders:read"), "token-malformed"},
	} {
		t.Run(c.name, func(t *testing.T) { g.refuses(t, c.target, c.token, http.StatusUnauthorized, c.reason) })
	}
}

// parts returns header and payload of a token as JSON, and its signature as it is.
func parts(t *testing.T, token string) (head, payload, signature string) {
	t.Helper()
	three := strings.Split(token, ".")
	if len(three) != 3 {
		t.Fatalf("a token with %d parts", len(three))
	}
	decode := func(part string) string {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return decode(three[0]), decode(three[1]), three[2]
}

func join(head, payload, signature string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(head)) + "." + encode([]byte(payload)) + "." + signature
}

// edited changes one member of an object.
func edited(t *testing.T, text, name string, value any) string {
	t.Helper()
	members := object{}
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		t.Fatal(err)
	}
	members[name] = value
	changed, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}

// forged signs with a key of the test's.
func forged(t *testing.T, head, payload string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Kid string }
	if err := json.Unmarshal([]byte(head), &header); err != nil {
		t.Fatal(err)
	}
	options := new(jose.SignerOptions).WithHeader(jose.HeaderKey("kid"), header.Kid).WithType("JWT")
	return signed(t, jose.SigningKey{Algorithm: jose.RS256, Key: key}, options, payload)
}

func signed(t *testing.T, key jose.SigningKey, options *jose.SignerOptions, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	token, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// expires: a token that is remembered passes until it expires, and not longer.
func (g *gateway) expires(t *testing.T, brief *provider.Provider) {
	token := brief.ClientCredentials(t, "orders:read", "")
	_, payload, _ := parts(t, token)
	var claims struct{ Exp int64 }
	if err := json.Unmarshal([]byte(payload), &claims); err != nil {
		t.Fatal(err)
	}
	exp := time.Unix(claims.Exp, 0)
	g.passes(t, "/brief", token)
	for {
		before := time.Now()
		r := g.ask(t, "/brief", token)
		switch after := time.Now(); {
		case r.Status == http.StatusOK && !before.Before(exp):
			t.Fatalf("it passes %v after its end", before.Sub(exp))
		case r.Status != http.StatusOK && after.Before(exp):
			t.Fatalf("it is refused with %s %v before its end", r.Details, exp.Sub(after))
		case r.Status != http.StatusOK:
			wantRefused(t, "expired", r, http.StatusUnauthorized, "token-expired")
			return
		}
	}
}
