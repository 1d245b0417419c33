package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// signer signs by one algorithm, with Go's crypto.
type signer struct {
	algorithm Algorithm
	private   any    // crypto.Signer, or []byte
	jwk       string // the public half; empty: there is none
}

// signers has one for each algorithm; those of one curve or of RSA share a key.
var signers = sync.OnceValue(func() []signer {
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	list := []signer{}
	for _, a := range []Algorithm{RS256, RS384, RS512, PS256, PS384, PS512} {
		list = append(list, signer{a, rsaKey, jwkOf(&rsaKey.PublicKey)})
	}
	for i, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key := must(ecdsa.GenerateKey(curve, rand.Reader))
		list = append(list, signer{ES256 + Algorithm(i), key, jwkOf(&key.PublicKey)})
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	list = append(list, signer{EdDSA, edwards, jwkOf(edwards.Public())})
	for i, size := range []int{32, 48, 64} {
		secret := make([]byte, size)
		rand.Read(secret)
		list = append(list, signer{HS256 + Algorithm(i), secret, ""})
	}
	return list
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func b64(b []byte) string { return encoding.EncodeToString(b) }

// jwkOf writes a public key as a JSON Web Key.
func jwkOf(public any) string {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":"AQAB"}`, b64(k.N.Bytes()))
	case *ecdsa.PublicKey:
		point := must(k.Bytes())[1:]
		half := len(point) / 2
		return fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q}`, k.Curve.Params().Name, b64(point[:half]), b64(point[half:]))
	case ed25519.PublicKey:
		return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, b64(k))
	default:
		panic("no such key")
	}
}

// with adds members, such as `"kid":"a"`, to a JSON Web Key.
func with(jwk, members string) string { return strings.TrimSuffix(jwk, "}") + "," + members + "}" }

// signerOf returns the signer of an algorithm.
func signerOf(a Algorithm) signer { return signers()[a-1] }

// set is the set of the signer's one key.
func (s signer) set() *Set {
	if s.jwk == "" {
		return must(Secret(s.private.([]byte), NewAlgorithms(s.algorithm)))
	}
	return must(ParseSet([]byte(`{"keys":[` + s.jwk + `]}`)))
}

// sign makes a token. An empty header is {"alg": its algorithm}.
func (s signer) sign(header, payload string) string {
	if header == "" {
		header = `{"alg":"` + s.algorithm.String() + `"}`
	}
	signed := b64([]byte(header)) + "." + b64([]byte(payload))
	return signed + "." + b64(s.signature([]byte(signed)))
}

func (s signer) signature(text []byte) []byte {
	h := s.algorithm.hash()
	switch key := s.private.(type) {
	case *rsa.PrivateKey:
		if s.algorithm >= PS256 {
			return must(rsa.SignPSS(rand.Reader, key, cryptoHashes[h], digest(h, text), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}))
		}
		return must(rsa.SignPKCS1v15(nil, key, cryptoHashes[h], digest(h, text)))
	case *ecdsa.PrivateKey:
		r, v, err := ecdsa.Sign(rand.Reader, key, digest(h, text))
		if err != nil {
			panic(err)
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), v.FillBytes(make([]byte, size))...)
	case ed25519.PrivateKey:
		return ed25519.Sign(key, text)
	default:
		mac := hmac.New(newHash(h), key.([]byte))
		mac.Write(text)
		return mac.Sum(nil)
	}
}

// withVerifier is a proxy that verifies as Envoy does: with the key and the hash
// that it is given, and a signature in DER.
func withVerifier() *guardtest.World {
	w := guardtest.New("192.0.2.1")
	w.Verify = func(h guard.Hash, key, signature, text []byte) (bool, error) {
		public, err := x509.ParsePKIXPublicKey(key)
		if err != nil {
			return false, err
		}
		switch public := public.(type) {
		case *rsa.PublicKey:
			return rsa.VerifyPKCS1v15(public, cryptoHashes[h], digest(h, text), signature) == nil, nil
		case *ecdsa.PublicKey:
			return ecdsa.VerifyASN1(public, digest(h, text), signature), nil
		}
		return false, errors.New("Envoy verifies RSA and ECDSA alone")
	}
	return w
}

const (
	byProxy = "by the proxy"
	byGo    = "by Go, as the proxy has no verifier"
)

// verifiers are the ways to a verdict: what holds for one holds for all.
func verifiers() map[string]guard.Crypto {
	return map[string]guard.Crypto{
		byProxy:                  withVerifier(),
		byGo:                     guardtest.New("192.0.2.1"),
		"by Go, without a proxy": nil,
	}
}

// verify parses and verifies.
func verify(c guard.Crypto, s *Set, token string, allowed Algorithms) (*Key, error) {
	t, err := Parse(token, Bounds{})
	if err != nil {
		return nil, err
	}
	return s.Verify(c, t, allowed)
}

// wantError fails unless err is what is wanted: nil, or of that class.
func wantError(t *testing.T, err, want error) {
	t.Helper()
	if want == nil && err != nil {
		t.Errorf("error %v, want none", err)
	}
	if want != nil && !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}
