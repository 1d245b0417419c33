package main

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tokenSecret = "a shared secret of thirty-two bytes!"

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signToken signs a token with the key of these tests.
func signToken(header, claims string) string {
	text := b64([]byte(header)) + "." + b64([]byte(claims))
	if strings.Contains(header, "HS256") {
		mac := hmac.New(sha256.New, []byte(tokenSecret))
		mac.Write([]byte(text))
		return text + "." + b64(mac.Sum(nil))
	}
	return text + "." + b64(ed25519.Sign(tokenKey(), []byte(text)))
}

func tokenKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) }

// explained is a policy with three identities: keys in it, keys that are fetched,
// and a secret of the environment.
func explained() string {
	return fmt.Sprintf(`{"version": 1, "identities": {
	"users": {"jwt": {"issuer": "https://issuer.example", "audiences": ["api"], "algorithms": ["EdDSA"], "claims": {"tenant": "t", "roles": "r"},
		"keys": {"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": %q}]}}}},
	"away": {"jwt": {"issuer": "https://away.example", "audiences": ["api"], "algorithms": ["RS256", "EdDSA"],
		"keys": {"jwks_uri": "https://away.example/keys", "cluster": "away"}}},
	"legacy": {"jwt": {"issuer": "https://legacy.example", "audiences": "unchecked", "algorithms": ["HS256"], "keys": {"secret": {"env": "SHARED"}}}}},
	"routes": [{"name": "a", "path": "/", "identities": ["users", "away", "legacy"]}]}`, b64(tokenKey().Public().(ed25519.PublicKey)))
}

// claimsOf says that a token of an issuer is valid until a number of seconds from
// testNow.
func claimsOf(issuer string, seconds int64, more string) string {
	return fmt.Sprintf(`{"iss": %q, "sub": "alice", "aud": "api", "exp": %d, "scope": "orders:read", "t": "t-acme", "r": ["admin"]%s}`, issuer, testNow.Unix()+seconds, more)
}

func TestExplain(t *testing.T) {
	const ed, hs = `{"alg":"EdDSA","kid":"ed"}`, `{"alg":"HS256"}`
	const users, away, legacy = "https://issuer.example", "https://away.example", "https://legacy.example"
	for _, c := range []struct {
		name, token string
		identity    string
		env         map[string]string
		status      int
		out         string
	}{
		{"passes", signToken(ed, claimsOf(users, 300, "")), "", nil, 0, `identity: users
ok       form       a signed token
ok       iss        "https://issuer.example"
ok       alg        EdDSA
ok       signature  fits, kid "ed"
ok       typ        none
ok       aud        "api"
ok       exp        2026-07-01T12:05:00Z, in 4m59s
client:  "alice"
tenant:  "t-acme"
scopes:  "orders:read"
roles:   "admin"
would pass
`},
		{"expired", signToken(ed, claimsOf(users, -3600, "")), "", nil, 1, "REFUSED  exp        2026-07-01T11:00:00Z, 1h ago; wanted: a time at which the token is valid, with 5s for clocks that differ (token-expired)\n"},
		{"says why", signToken(ed, claimsOf(users, -3600, "")), "", nil, 1, "would be refused: token-expired\n"},
		{"of another identity", signToken(ed, claimsOf(users, 60, "")), "away", nil, 1, `wanted: "https://away.example", letter by letter (token-issuer)`},
		{"keys that are fetched", signToken(ed, claimsOf(away, 60, "")), "", nil, 0, "unknown  signature  not checked, kid \"ed\"\n"},
		{"and so much is known", signToken(ed, claimsOf(away, 60, "")), "", nil, 0, "would pass, as far as it is known here\n"},
		{"a secret", signToken(hs, claimsOf(legacy, 60, "")), "", map[string]string{"SHARED": tokenSecret}, 0, "ok       signature  fits, no kid\n"},
		{"another secret", signToken(hs, claimsOf(legacy, 60, "")), "", map[string]string{"SHARED": tokenSecret + "!"}, 1, "would be refused: token-signature\n"},
		{"a secret that is not set", signToken(hs, claimsOf(legacy, 60, "")), "", nil, 0, "unknown  signature  not checked, no kid\n"},
		{"nobody's", signToken(ed, claimsOf("https://else.example", 60, "")), "", nil, 1, `REFUSED  iss        an issuer of no identity; wanted: an issuer of "away", "legacy", "users"`},
		{"rubbish", "rubbish", "", nil, 1, "would be refused: token-malformed\n"},
		{"none", signToken(`{"alg":"none"}`, claimsOf(users, 60, "")), "", nil, 1, "would be refused: token-algorithm\n"},
		{"with its scheme", "Authorization: Bearer " + signToken(ed, claimsOf(users, 300, "")) + "\n", "", nil, 0, "would pass\n"},
		{"a colour", signToken(ed, strings.Replace(claimsOf(users, 300, ""), "alice", `\u001b[31malice`, 1)), "", nil, 0, `client:  "\x1b[31malice"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"explain", "--token", "-", "--policy", file(t, explained())}
			if c.identity != "" {
				args = append(args, "--identity", c.identity)
			}
			r := sallyport(t, c.token, c.env, args...)
			r.has(t, c.status, c.out, "")
			parts := strings.Split(strings.TrimSpace(c.token), ".")
			for _, part := range parts[1:] {
				if len(part) > 8 && strings.Contains(r.out+r.err, part) {
					t.Error("a part of the token is printed")
				}
			}
			if strings.ContainsRune(r.out, 0x1b) {
				t.Error("a terminal obeys the token")
			}
		})
	}
}

func TestExplainWithoutAPolicy(t *testing.T) {
	sound := signToken(`{"alg":"EdDSA"}`, claimsOf("https://x.example", 60, ""))
	sallyport(t, sound, nil, "explain", "--token", "-").has(t, 0, "nothing is wrong with its form and its times; --policy says more\n", "")
	sallyport(t, signToken(`{"alg":"EdDSA"}`, claimsOf("https://x.example", -60, "")), nil, "explain", "--token", "-").has(t, 1, "would be refused: token-expired\n", "")
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(sound+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sallyport(t, "", nil, "explain", "--token", path).has(t, 0, "in 59s", "")
}

func TestExplainUsage(t *testing.T) {
	token := signToken(`{"alg":"EdDSA"}`, "{}")
	for _, c := range []struct {
		name   string
		args   []string
		status int
		errs   string
	}{
		{"no token", nil, 2, "--token FILE"},
		{"the token itself", []string{"--token", token}, 2, "stays in the shell's history"},
		{"no such file", []string{"--token", "no/such/file"}, 2, "no/such/file"},
		{"an identity without a policy", []string{"--token", "-", "--identity", "users"}, 2, "--policy"},
		{"no such policy", []string{"--token", "-", "--policy", "no/such/file"}, 2, "no/such/file"},
		{"both from standard input", []string{"--token", "-", "--policy", "-"}, 2, "cannot both"},
		{"no such identity", []string{"--token", "-", "--policy", file(t, explained()), "--identity", "user"}, 2, `no jwt identity "user"; the policy has "away", "legacy", "users"`},
		{"a policy that does not compile", []string{"--token", "-", "--policy", file(t, "{}")}, 1, "sallyport check"},
		{"a policy without tokens", []string{"--token", "-", "--policy", file(t, `{"version": 1, "routes": [{"name": "a", "path": "/", "public": true}]}`)}, 2, "the policy has none"},
		{"an argument", []string{"--token", "-", "x"}, 2, "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sallyport(t, token, nil, append([]string{"explain"}, c.args...)...)
			r.has(t, c.status, "", c.errs)
			if strings.Contains(r.err, token) {
				t.Error("the token is printed")
			}
		})
	}
}
