package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"testing"
)

func b64(b []byte) string { return encoding.EncodeToString(b) }

func TestSmoke(t *testing.T) {
	rk, _ := rsa.GenerateKey(rand.Reader, 2048)
	ek, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	point, _ := ek.PublicKey.Bytes()
	set := map[string]any{"keys": []any{
		map[string]any{"kty": "RSA", "kid": "r", "n": b64(rk.N.Bytes()), "e": "AQAB", "x5c": []string{"a"}},
		map[string]any{"kty": "EC", "crv": "P-256", "kid": "e", "x": b64(point[1:33]), "y": b64(point[33:])},
	}}
	text, _ := json.Marshal(set)
	s, err := ParseSet(text)
	if err != nil || len(s.Refused()) > 0 {
		t.Fatal(err, s.Refused())
	}
	secret := []byte("0123456789abcdef0123456789abcdef")
	shared, err := Secret(secret, NewAlgorithms(HS256))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []Algorithm{RS256, ES256, HS256} {
		kid := map[Algorithm]string{RS256: "r", ES256: "e", HS256: "h"}[a]
		signed := b64([]byte(`{"alg":"`+a.String()+`","kid":"`+kid+`"}`)) + "." + b64([]byte("{}"))
		d := sha256.Sum256([]byte(signed))
		var sig []byte
		from := s
		switch a {
		case RS256:
			sig, _ = rsa.SignPKCS1v15(nil, rk, crypto.SHA256, d[:])
		case ES256:
			r, v, _ := ecdsa.Sign(rand.Reader, ek, d[:])
			sig = append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)
		case HS256:
			m := hmac.New(sha256.New, secret)
			m.Write([]byte(signed))
			sig, from = m.Sum(nil), shared
		}
		tok, err := Parse(signed+"."+b64(sig), Bounds{})
		if err != nil {
			t.Fatal(a, err)
		}
		if _, err := from.Verify(nil, tok, NewAlgorithms(a)); err != nil {
			t.Error(a, err)
		}
		tok.Signature[5] ^= 1
		if _, err := from.Verify(nil, tok, NewAlgorithms(a)); !errors.Is(err, ErrSignature) {
			t.Error(a, err)
		}
	}
}
