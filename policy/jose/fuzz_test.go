package jose

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
)

// headerSeeds and setSeeds are where the fuzzer begins.
var headerSeeds = []string{
	`{"alg":"RS256"}`, `{"alg":"none"}`, `{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}`,
	`{"alg":"RS256","crit":["exp"],"exp":1}`, `{"alg":"RS256","alg":"none"}`, `{"\u0061lg":"RS256","kid":"a\u0000b"}`,
	` { "kid" : null } `, `[[[[`, `{"a":{"b":[{"c":1e9}]},"alg":"EdDSA"}`, "\xef\xbb\xbf{}",
}

// FuzzParse: whatever stands in the header, there is no panic; and a token that is
// taken is one that go-jose reads in the same way.
func FuzzParse(f *testing.F) {
	for _, seed := range headerSeeds {
		f.Add(compact(seed))
	}
	f.Add("")
	f.Add("..")
	f.Add(compact(`{"alg":"RS256"}`) + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := Parse(text, Bounds{})
		if err != nil {
			if token != nil || !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrCritical) && !errors.Is(err, ErrAlgorithm) {
				t.Fatalf("token %v, error %v", token, err)
			}
			return
		}
		parts := []string{string(token.Signed), b64(token.Payload), b64(token.Signature)}
		if !strings.HasSuffix(parts[0], "."+parts[1]) || parts[0]+"."+parts[2] != text {
			t.Fatalf("%q is not written as it was read", text)
		}
		sameHeader(t, token)
	})
}

// FuzzHeader is FuzzParse behind base64url, which the fuzzer does not write well.
func FuzzHeader(f *testing.F) {
	for _, seed := range headerSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, header []byte) {
		if token, err := Parse(compact(string(header)), Bounds{}); err == nil {
			sameHeader(t, token)
		}
	})
}

// sameHeader compares the header with what encoding/json reads in it.
func sameHeader(t *testing.T, token *Token) {
	t.Helper()
	var members map[string]json.RawMessage
	first, _, _ := bytes.Cut(token.Signed, []byte("."))
	if err := json.Unmarshal(must(encoding.DecodeString(string(first))), &members); err != nil {
		t.Fatalf("a header that is no JSON was taken: %v", err)
	}
	text := func(name string) (s string) {
		if raw, there := members[name]; there && json.Unmarshal(raw, &s) != nil {
			t.Fatalf("%s is no text", name)
		}
		return s
	}
	h := token.Header
	if h.Algorithm.String() != text("alg") || h.KeyID != text("kid") || h.Type != text("typ") || !bytes.Equal(h.JWK, members["jwk"]) {
		t.Fatalf("header %+v of %s", h, members)
	}
	for _, name := range []string{"crit", "b64"} {
		if _, there := members[name]; there {
			t.Fatalf("%s was passed over", name)
		}
	}
}

// FuzzParseSet: no panic, and each key that is taken is one that go-jose takes
// too and that x509 reads.
func FuzzParseSet(f *testing.F) {
	f.Add([]byte(`{"keys":[]}`))
	for _, s := range signers()[:EdDSA] {
		f.Add(jwks(s.jwk))
		f.Add(jwks(with(s.jwk, `"kid":"a","use":"sig","key_ops":["verify"],"alg":"`+s.algorithm.String()+`"`), `{"kty":"oct","k":"AA"}`))
	}
	f.Add(must(os.ReadFile("testdata/rfc.json")))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseSet(text)
		if err != nil {
			if s != nil || !errors.Is(err, ErrSet) {
				t.Fatalf("set %v, error %v", s, err)
			}
			return
		}
		if len(s.keys) == 0 {
			t.Fatal("a set without keys")
		}
		var other struct{ Keys []json.RawMessage }
		if err := json.Unmarshal(text, &other); err != nil {
			t.Fatalf("a set that is no JSON was taken: %v", err)
		}
		for _, k := range s.keys {
			if _, err := x509.ParsePKIXPublicKey(k.spki); err != nil || k.algorithms == 0 || k.algorithms.Symmetric() {
				t.Fatalf("key %q for %b: %v", k.id, k.algorithms, err)
			}
			if !goJoseHas(other.Keys, k) {
				t.Fatalf("go-jose finds no key of the thumbprint %x", k.thumbprint)
			}
		}
	})
}

func goJoseHas(keys []json.RawMessage, k *Key) bool {
	for _, text := range keys {
		var other gojose.JSONWebKey
		if json.Unmarshal(text, &other) == nil && other.KeyID == k.id && bytes.Equal(thumbprintOf(other), k.thumbprint[:]) {
			return true
		}
	}
	return false
}

// FuzzParsePEM: no panic, and a key that is taken is written as x509 writes it.
func FuzzParsePEM(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(subject(pssAlgorithm, []byte("key")))
	for _, s := range signers()[:EdDSA] {
		f.Add(s.set().keys[0].spki)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		s, err := ParsePEM(pemOf("PUBLIC KEY", der))
		if err != nil {
			return
		}
		public, err := x509.ParsePKIXPublicKey(der)
		if err != nil || !bytes.Equal(must(x509.MarshalPKIXPublicKey(public)), der) || len(s.keys) != 1 {
			t.Fatalf("%x was taken: %v", der, err)
		}
	})
}
