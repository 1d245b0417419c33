package jose

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// spkiOf is the key's SubjectPublicKeyInfo by Go.
func spkiOf(t *testing.T, s signer) []byte {
	t.Helper()
	private, ok := s.private.(crypto.Signer)
	if !ok {
		t.Fatalf("%v has no public key", s.algorithm)
	}
	return must(x509.MarshalPKIXPublicKey(private.Public()))
}

// TestPEM: what Go writes is read, verifies, and is written again as it was.
func TestPEM(t *testing.T) {
	var together string
	for _, a := range []Algorithm{RS256, PS384, ES256, ES384, ES512, EdDSA} {
		s := signerOf(a)
		der := spkiOf(t, s)
		set, err := ParsePEM(pemOf("PUBLIC KEY", der))
		wantError(t, err, nil)
		k, err := verify(withVerifier(), set, s.sign(`{"alg":"`+a.String()+`","kid":"any"}`, ""), NewAlgorithms(a))
		wantError(t, err, nil)
		if !bytes.Equal(k.spki, der) || k.Thumbprint() != s.set().Keys()[0].Thumbprint() || k.ID() != "" {
			t.Errorf("%v: not the key that it was", a)
		}
		together += "\n  " + strings.ReplaceAll(pemOf("PUBLIC KEY", der), "\n", "\r\n")
	}
	set, err := ParsePEM(together)
	wantError(t, err, nil)
	if len(set.Keys()) != 5 { // RS256 and PS384 share one
		t.Errorf("%d keys", len(set.Keys()))
	}
}

func TestNoPEM(t *testing.T) {
	good := pemOf("PUBLIC KEY", spkiOf(t, signerOf(ES256)))
	weak := must(x509.MarshalPKIXPublicKey(&must(rsa.GenerateKey(rand.Reader, 1024)).PublicKey))
	ec := spkiOf(t, signerOf(ES256))
	compressed := bytes.Replace(ec, ec[26:], append([]byte{2 + ec[90]&1}, ec[27:59]...), 1)
	var many strings.Builder
	for i := range maxKeys + 1 {
		k := must(ParseKey([]byte(edwardsKey(int64(i), ""))))
		many.WriteString(pemOf("PUBLIC KEY", k.spki))
	}
	compressed[1] -= 32
	compressed[24] -= 32
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "no PEM"},
		{"white space", " \n", "no PEM"},
		{"no PEM", "MIIB", "no PEM"},
		{"text in front", "my key\n" + good, "no PEM"},
		{"text behind", good + "x", "no PEM"},
		{"text between", good + "x\n" + good, "no PEM"},
		{"a broken block in front", strings.Replace(good, "\n", "\n!\n", 1) + good, "malformed"},
		{"a broken block behind", good + strings.Replace(good, "\n", "\n!\n", 1), "no PEM"},
		{"cut off", good[:80], "no PEM"},
		{"headers", strings.Replace(good, "\n", "\nKey: value\n\n", 1), `no "PUBLIC KEY"`},
		{"a private key", pemOf("PRIVATE KEY", []byte("secret")), "pkey -pubout"},
		{"an RSA private key", pemOf("RSA PRIVATE KEY", []byte("secret")), "pkey -pubout"},
		{"a certificate", pemOf("CERTIFICATE", []byte("secret")), "x509 -pubkey"},
		{"PKCS #1", pemOf("RSA PUBLIC KEY", []byte("secret")), "-RSAPublicKey_in"},
		{"another block", pemOf("PARAMETERS", []byte("secret")), `no "PUBLIC KEY"`},
		{"no DER", pemOf("PUBLIC KEY", []byte("secret")), "not a SubjectPublicKeyInfo"},
		{"an empty block", pemOf("PUBLIC KEY", nil), "not a SubjectPublicKeyInfo"},
		{"bytes behind the key", pemOf("PUBLIC KEY", append(spkiOf(t, signerOf(RS256)), 0)), "not a SubjectPublicKeyInfo"},
		{"a weak key", pemOf("PUBLIC KEY", weak), "2048"},
		{"a compressed point", pemOf("PUBLIC KEY", compressed), "compressed"},
		{"for PSS alone", pemOf("PUBLIC KEY", subject(pssAlgorithm, []byte("key"))), "id-RSASSA-PSS"},
		{"another curve", pemOf("PUBLIC KEY", subject(append(bytes.Clone(ecAlgorithm), 6, 5, 0x2b, 0x81, 4, 0, 0x0a), ec[26:])), "not a SubjectPublicKeyInfo"},
		{"too many", many.String(), "more than"},
		{"too long", good + strings.Repeat(" ", maxSet), "longer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ParsePEM(c.text)
			wantError(t, err, ErrKey)
			if s != nil || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("set %v, error %v, want %q in it", s, err, c.want)
			}
		})
	}
}

// TestOnlyDER: each byte of a key that is changed makes another key or none, as
// Go's reader has it; and ours never takes what Go's does not.
func TestOnlyDER(t *testing.T) {
	for _, a := range []Algorithm{RS256, ES256, ES512, EdDSA} {
		der := spkiOf(t, signerOf(a))
		for i := range der {
			for _, flip := range []byte{0x01, 0x80, 0xff} {
				bad := bytes.Clone(der)
				bad[i] ^= flip
				k, err := parseSubject(bad)
				if err != nil {
					continue
				}
				if _, err := x509.ParsePKIXPublicKey(bad); err != nil {
					t.Errorf("%v: byte %d by %#x: taken, and Go says: %v", a, i, flip, err)
				}
				if !bytes.Equal(k.spki, bad) {
					t.Errorf("%v: byte %d by %#x: not written as it was read", a, i, flip)
				}
			}
			if _, err := parseSubject(der[:i]); err == nil {
				t.Errorf("%v: cut to %d bytes: taken", a, i)
			}
		}
	}
}

func TestSecret(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 64)
	for _, c := range []struct {
		name       string
		secret     []byte
		algorithms Algorithms
		want       error
	}{
		{"HS256", long[:32], NewAlgorithms(HS256), nil},
		{"HS256, too short", long[:31], NewAlgorithms(HS256), ErrKey},
		{"HS384", long[:48], NewAlgorithms(HS384), nil},
		{"HS384, too short", long[:47], NewAlgorithms(HS384), ErrKey},
		{"HS512", long, NewAlgorithms(HS512), nil},
		{"HS512, too short", long[:63], NewAlgorithms(HS512), ErrKey},
		{"all of them", long, NewAlgorithms(HS256, HS384, HS512), nil},
		{"all of them, too short for one", long[:63], NewAlgorithms(HS256, HS384, HS512), ErrKey},
		{"nothing", nil, NewAlgorithms(HS256), ErrKey},
		{"for no algorithm", long, 0, ErrKey},
		{"for RS256", long, NewAlgorithms(RS256), ErrKey},
		{"for RS256 too", long, NewAlgorithms(HS256, RS256), ErrKey},
		{"far too long", make([]byte, maxKey+1), NewAlgorithms(HS256), ErrKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Secret(c.secret, c.algorithms)
			wantError(t, err, c.want)
			if (s == nil) != (err != nil) {
				t.Fatal("a set beside an error, or neither")
			}
			if s != nil && s.Algorithms() != c.algorithms {
				t.Errorf("algorithms %b", s.Algorithms())
			}
		})
	}
}

// TestTheSecretIsCopied: whoever wipes his own copy does not change the set.
func TestTheSecretIsCopied(t *testing.T) {
	secret := bytes.Repeat([]byte("x"), 32)
	token := signer{HS256, bytes.Clone(secret), ""}.sign(`{"alg":"HS256","kid":"any"}`, "")
	s := must(Secret(secret, NewAlgorithms(HS256)))
	clear(secret)
	_, err := verify(nil, s, token, all)
	wantError(t, err, nil)
}
