package tokens

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

const (
	ownIssuer = "https://issuer.example"
	origin    = "https://" + scenario.DefaultHost
)

// sender has a key, to which its tokens are bound.
type sender struct {
	key  *ecdsa.PrivateKey
	made int
}

func newSender(t *testing.T) *sender {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &sender{key: key}
}

// token is what an issuer with a key would give the sender: no provider of these tests binds tokens.
func (s *sender) token(t *testing.T, issuer *ecdsa.PrivateKey) string {
	t.Helper()
	sum, err := (&jose.JSONWebKey{Key: s.key.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return boundToken(t, issuer, object{"jkt": base64.RawURLEncoding.EncodeToString(sum)})
}

// boundToken is one that names its sender in the claim cnf (RFC 7800), or nobody.
func boundToken(t *testing.T, issuer *ecdsa.PrivateKey, cnf object) string {
	t.Helper()
	claims := object{"iss": ownIssuer, "sub": "alice", "aud": "api", "exp": time.Now().Add(time.Hour).Unix()}
	if cnf != nil {
		claims["cnf"] = cnf
	}
	return signed(t, jose.SigningKey{Algorithm: jose.ES256, Key: issuer}, new(jose.SignerOptions).WithType("at+jwt"), encode(t, claims))
}

// ownTokens is a jwt identity for tokens that the test signs.
func ownTokens(issuer *ecdsa.PrivateKey, more object) object {
	set := object{"keys": []any{jose.JSONWebKey{Key: issuer.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}}
	d := object{"issuer": ownIssuer, "audiences": []string{"api"}, "algorithms": []string{"ES256"}, "keys": object{"jwks": set}}
	maps.Copy(d, more)
	return object{"jwt": d}
}

// proof is one for a GET (RFC 9449 section 4.2).
func (s *sender) proof(t *testing.T, target, token, nonce string) string {
	t.Helper()
	s.made++
	sum := sha256.Sum256([]byte(token))
	claims := object{"htm": http.MethodGet, "htu": origin + target, "iat": time.Now().Unix(), "jti": "proof-" + strconv.Itoa(s.made),
		"ath": base64.RawURLEncoding.EncodeToString(sum[:])}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return signed(t, jose.SigningKey{Algorithm: jose.ES256, Key: s.key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"), encode(t, claims))
}

func shows(scheme, token string, proofs ...string) []scenario.Header {
	headers := []scenario.Header{{Name: "authorization", Value: scheme + " " + token}}
	for _, proof := range proofs {
		headers = append(headers, scenario.Header{Name: "dpop", Value: proof})
	}
	return headers
}

// proved: a token that is bound to a key passes with a new proof of each request by that key, and in no other way, whichever
// worker sees it.
func (v envoy) proved(t *testing.T) {
	issuer, alice, mallory := newSender(t), newSender(t), newSender(t)
	identity := func(more object) object {
		dpop := object{"origins": []string{origin}}
		maps.Copy(dpop, more)
		return ownTokens(issuer.key, object{"bound": []string{"dpop"}, "dpop": dpop})
	}
	g := v.start(t, object{
		"identities": object{"proved": identity(nil), "nonces": identity(object{"nonce": object{"lifetime": "1h"}})},
		"routes":     []object{route("proved", "proved"), route("nonces", "nonces")},
	}, nil, workers)
	token := alice.token(t, issuer.key)
	g.provedOrNot(t, token, alice, mallory)
	g.replayed(t, token, alice)
	g.nonced(t, token, alice)
}

func (g *gateway) provedOrNot(t *testing.T, token string, alice, mallory *sender) {
	const target = "/proved"
	other := alice.proof(t, target, "another token", "")
	for _, c := range []struct {
		name    string
		headers []scenario.Header
		reason  string
	}{
		{"proved", shows("DPoP", token, alice.proof(t, target, token, "")), ""},
		{"proved again", shows("DPoP", token, alice.proof(t, target, token, "")), ""},
		{"as a bearer token", shows("Bearer", token), "token-not-bound"},
		{"as a bearer token with a proof", shows("Bearer", token, alice.proof(t, target, token, "")), "token-not-bound"},
		{"no proof", shows("DPoP", token), "proof-invalid"},
		{"two proofs", shows("DPoP", token, alice.proof(t, target, token, ""), alice.proof(t, target, token, "")), "proof-invalid"},
		{"another's proof", shows("DPoP", token, mallory.proof(t, target, token, "")), "token-not-bound"},
		{"a proof of another request", shows("DPoP", token, alice.proof(t, "/nonces", token, "")), "proof-invalid"},
		{"a proof of another token", shows("DPoP", token, other), "proof-invalid"},
		{"a proof that was changed", shows("DPoP", token, other[:len(other)-4]+"AAAA"), "proof-invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := g.ask(t, target, "", c.headers...)
			if c.reason != "" {
				wantRefused(t, c.name, r, http.StatusUnauthorized, c.reason)
				return
			}
			if sent := scenario.Values(wantPassed(t, c.name, r).Headers, "dpop"); len(sent) > 0 {
				t.Error("the proof went upstream")
			}
		})
	}
}

// replayed: of many who use one proof at once, on both workers, one passes.
func (g *gateway) replayed(t *testing.T, token string, alice *sender) {
	headers := shows("DPoP", token, alice.proof(t, "/proved", token, ""))
	statuses, err := harness.Load{Address: g.Address(listener), Connections: connections, Requests: 4 * connections,
		Next: func(int64) scenario.Request { return harness.Get("/proved", headers...) }}.Run(t.Context())
	if err != nil || statuses[http.StatusOK] != 1 || statuses[http.StatusUnauthorized] != 4*connections-1 {
		t.Errorf("statuses %v, error %v", statuses, err)
	}
	wantRefused(t, "once more", g.ask(t, "/proved", "", headers...), http.StatusUnauthorized, "proof-replayed")
	g.wantAllWorkers(t)
}

// nonced: where the policy asks for nonces a client is told of one, and passes with it on any worker.
func (g *gateway) nonced(t *testing.T, token string, alice *sender) {
	r := g.ask(t, "/nonces", "", shows("DPoP", token, alice.proof(t, "/nonces", token, ""))...)
	wantRefused(t, "without a nonce", r, http.StatusUnauthorized, "proof-nonce")
	nonce := scenario.Values(r.Headers, "dpop-nonce")
	if len(nonce) != 1 || nonce[0] == "" {
		t.Fatalf("the nonce is %q", nonce)
	}
	want := []string{`DPoP realm="sallyport", error="use_dpop_nonce", algs="PS256 ES256 EdDSA"`}
	if got := scenario.Values(r.Headers, "www-authenticate"); !slices.Equal(got, want) {
		t.Errorf("the challenge is %q, want %q", got, want)
	}
	for range connections {
		wantPassed(t, "with a nonce", g.ask(t, "/nonces", "", shows("DPoP", token, alice.proof(t, "/nonces", token, nonce[0]))...))
	}
}
