package jose

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"
)

var known = []gojose.SignatureAlgorithm{
	gojose.RS256, gojose.RS384, gojose.RS512, gojose.PS256, gojose.PS384, gojose.PS512,
	gojose.ES256, gojose.ES384, gojose.ES512, gojose.EdDSA, gojose.HS256, gojose.HS384, gojose.HS512,
}

// public is the key with which the others verify.
func (s signer) public() any {
	if s.jwk == "" {
		return s.private
	}
	var k gojose.JSONWebKey
	if err := json.Unmarshal([]byte(s.jwk), &k); err != nil {
		panic(err)
	}
	return k.Key
}

// goJose tells whether go-jose takes the token.
func goJose(token string, key any, allowed gojose.SignatureAlgorithm) bool {
	signed, err := gojose.ParseSignedCompact(token, []gojose.SignatureAlgorithm{allowed})
	if err != nil {
		return false
	}
	_, err = signed.Verify(key)
	return err == nil
}

// golangJWT tells whether golang-jwt takes the token.
func golangJWT(token string, key any, allowed string) bool {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{allowed}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	_, err := parser.Parse(token, func(*jwt.Token) (any, error) { return key, nil })
	return err == nil
}

// drawToken draws a token that is valid: by go-jose, by golang-jwt, or by hand
// with white space and escapes in its header.
func drawToken(t *rapid.T, s signer) string {
	payload := fmt.Sprintf(`{"sub":%q}`, rapid.StringMatching(`[a-z0-9 ]{0,60}`).Draw(t, "sub"))
	switch rapid.IntRange(0, 2).Draw(t, "writer") {
	case 0:
		options := (&gojose.SignerOptions{}).WithType("JWT").WithHeader("kid", rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "kid"))
		by := must(gojose.NewSigner(gojose.SigningKey{Algorithm: known[s.algorithm-1], Key: s.private}, options))
		return must(must(by.Sign([]byte(payload))).CompactSerialize())
	case 1:
		claims := jwt.MapClaims{"sub": payload}
		return must(jwt.NewWithClaims(jwt.GetSigningMethod(s.algorithm.String()), claims).SignedString(s.private))
	default:
		return s.sign(drawHeader(t, s.algorithm), payload)
	}
}

func drawHeader(t *rapid.T, a Algorithm) string {
	space := rapid.StringMatching(`[ \t\n]{0,3}`)
	members := []string{rapid.SampledFrom([]string{`"alg"`, `"\u0061lg"`}).Draw(t, "alg") + space.Draw(t, "space") + `:"` + a.String() + `"`}
	for i := range rapid.IntRange(0, 4).Draw(t, "more") {
		value := rapid.SampledFrom([]string{`1`, `"text"`, `[1,{"a":[]}]`, `{"alg":"none"}`, `null`, `true`, `1e3`}).Draw(t, "value")
		members = append(members, fmt.Sprintf(`"x%d":%s%s`, i, space.Draw(t, "space"), value))
	}
	members = rapid.Permutation(members).Draw(t, "order")
	return "{" + strings.Join(members, ","+space.Draw(t, "space")) + "}" + space.Draw(t, "space")
}

// drawDamage changes a token as somebody might who wants it to mean something
// else, or the same by another name.
func drawDamage(t *rapid.T, token string) string {
	parts := strings.Split(token, ".")
	part := rapid.IntRange(0, 2).Draw(t, "part")
	at := rapid.IntRange(0, max(0, len(parts[part])-1)).Draw(t, "at")
	insert := func(what string) { parts[part] = parts[part][:at] + what + parts[part][at:] }
	switch rapid.IntRange(0, 9).Draw(t, "damage") {
	case 0:
		insert(rapid.StringMatching(`[A-Za-z0-9_-]{1,4}`).Draw(t, "inserted"))
	case 1:
		insert(rapid.SampledFrom([]string{"\n", "\r\n", " ", "=", ".", "+", "/", "\x00", "é", ","}).Draw(t, "foreign"))
	case 2:
		parts[part] = parts[part][:at]
	case 3:
		parts[part] += rapid.SampledFrom([]string{"=", "==", "A", "AA", "\n"}).Draw(t, "behind")
	case 4:
		b := []byte(parts[part])
		if len(b) > 0 {
			b[at] = rapid.SampledFrom([]byte("ABCabc019_-")).Draw(t, "changed")
		}
		parts[part] = string(b)
	case 5:
		parts[0] = b64([]byte(rapid.SampledFrom([]string{
			`{"alg":"none"}`, `{"alg":"HS256"}`, `{"alg":"RS256"}`, `{"alg":"ES256"}`, `{"alg":"PS256"}`, `{"alg":"EdDSA"}`, `{}`, `[]`, ``,
		}).Draw(t, "header")))
	case 6:
		parts[2] = rapid.SampledFrom([]string{"", "AA", strings.Repeat("A", len(parts[2]))}).Draw(t, "signature")
	case 7:
		parts = rapid.Permutation(parts).Draw(t, "order")
	case 8:
		parts = append(parts, rapid.SampledFrom([]string{"", "AA"}).Draw(t, "fourth"))
	default:
		parts = parts[:2]
	}
	return strings.Join(parts, ".")
}

// TestAgainstOthers: a token that is valid is so for go-jose, golang-jwt and us.
// A damaged one that we take is one that both of them take: we are nowhere more
// lenient. Where they take what we refuse, it is written in another than the one
// way.
func TestAgainstOthers(t *testing.T) {
	ways := verifiers()
	rapid.Check(t, func(t *rapid.T) {
		s := signerOf(rapid.SampledFrom(signers()).Draw(t, "signer").algorithm)
		set, key, alg := s.set(), s.public(), s.algorithm.String()
		token := drawToken(t, s)
		for name, c := range ways {
			if _, err := verify(c, set, token, NewAlgorithms(s.algorithm)); err != nil {
				t.Fatalf("%s refuses %q: %v", name, token, err)
			}
		}
		if !goJose(token, key, known[s.algorithm-1]) || !golangJWT(token, key, alg) {
			t.Fatalf("another refuses %q", token)
		}
		damaged := drawDamage(t, token)
		by := rapid.SampledFrom([]string{byProxy, byGo}).Draw(t, "verifier")
		_, err := verify(ways[by], set, damaged, NewAlgorithms(s.algorithm))
		gj, gjwt := goJose(damaged, key, known[s.algorithm-1]), golangJWT(damaged, key, alg)
		switch {
		case err == nil && (!gj || !gjwt):
			t.Fatalf("%s takes %q; go-jose: %v, golang-jwt: %v", by, damaged, gj, gjwt)
		case err != nil && (gj || gjwt) && !errors.Is(err, ErrMalformed):
			t.Fatalf("go-jose takes %q: %v, golang-jwt: %v; here: %v", damaged, gj, gjwt, err)
		}
	})
}

// TestKeysAgainstGoJose: a key that we take is one that go-jose takes, and has the
// thumbprint that go-jose gives it.
func TestKeysAgainstGoJose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(signers()[:EdDSA]).Draw(t, "signer")
		text := []byte(s.jwk)
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text[at] = rapid.SampledFrom([]byte(`ABCxyz019_-=+/":,{}[]PESRk `)).Draw(t, "to")
		}
		k, err := ParseKey(text)
		if err != nil {
			if string(text) == s.jwk {
				t.Fatalf("%s: %v", text, err)
			}
			return
		}
		var other gojose.JSONWebKey
		if err := json.Unmarshal(text, &other); err != nil {
			t.Fatalf("%s is taken; go-jose: %v", text, err)
		}
		if got, want := k.Thumbprint(), thumbprintOf(other); !bytes.Equal(got[:], want) {
			t.Fatalf("%s: thumbprint %x, want %x", text, got, want)
		}
	})
}

func thumbprintOf(k gojose.JSONWebKey) []byte { return must(k.Thumbprint(crypto.SHA256)) }
