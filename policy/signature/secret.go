package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"

	"sallyport.dev/sallyport/policy/jose"
)

// secretForm is how the secrets of a scheme are written.
type secretForm uint8

const (
	textSecret     secretForm = iota // the bytes themselves
	standardSecret                   // whsec_, whpk_ and whsk_ with base64
	ed25519Secret                    // a key in hexadecimal or base64
)

// The bounds of a secret, in bytes. Standard Webhooks names its own; nobody has a
// text of under 8.
const (
	shortestText = 8
	longestText  = 1024
	minStandard  = 24
	maxStandard  = 64
)

// Placeholder stands in for a secret that is not known, where a policy is only
// checked. It makes a key that fits nothing.
const Placeholder = "placeholder-for-a-secret-that-is-not-set-while-checking"

// Key is a secret, ready for use. It is immutable. The zero value fits nothing.
type Key struct {
	secret  []byte // of an HMAC
	public  ed25519.PublicKey
	private ed25519.PrivateKey // of one that signs
}

// Problem is why a secret makes no key. It quotes nothing.
type Problem struct{ Found, Remedy string }

// Asymmetric tells whether the key is one of Ed25519.
func (k *Key) Asymmetric() bool { return k.public != nil }

// Fits tells whether the key makes signatures of a way.
func (k *Key) Fits(w *Way) bool {
	if k.Asymmetric() {
		return w.Algorithm == Ed25519
	}
	return len(k.secret) > 0 && w.Algorithm != Ed25519 && w.Algorithm != none
}

// Way returns the place, among a variant's ways, of the one that the key fits; -1
// for none.
func (k *Key) Way(v *Variant) int {
	for i := range v.Ways {
		if k.Fits(&v.Ways[i]) {
			return i
		}
	}
	return -1
}

// MAC returns a fresh HMAC of the key; nil for a key that is not of HMAC.
func (k *Key) MAC(a Algorithm) hash.Hash {
	if len(k.secret) == 0 {
		return nil
	}
	return a.mac(k.secret)
}

// Verify tells whether a signature of Ed25519 is the key's.
func (k *Key) Verify(text, signature []byte) bool {
	return len(k.public) == ed25519.PublicKeySize && ed25519.Verify(k.public, text, signature)
}

// Equal tells whether two keys are the same.
func (k *Key) Equal(other *Key) bool {
	return len(k.secret)+len(k.public) > 0 && subtle.ConstantTimeCompare(k.secret, other.secret) == 1 && bytes.Equal(k.public, other.public)
}

// VerifyingKey reads a secret of the receiver's: with Ed25519 a public key.
func (s *Scheme) VerifyingKey(raw []byte) (Key, *Problem) { return s.key(raw, "whpk_", publicKey) }

// SigningKey reads a secret of the sender's: with Ed25519 a private key.
func (s *Scheme) SigningKey(raw []byte) (Key, *Problem) { return s.key(raw, "whsk_", privateKey) }

func (s *Scheme) key(raw []byte, prefix string, asymmetric func([]byte) (Key, bool)) (Key, *Problem) {
	switch {
	case string(raw) == Placeholder:
		return Key{}, nil
	case len(bytes.TrimSpace(raw)) == 0:
		return Key{}, &Problem{"is empty", "write the secret that the sender and the receiver share"}
	case len(bytes.TrimSpace(raw)) != len(raw):
		return Key{}, &Problem{"begins or ends with white space", "remove it: it would be a part of the secret"}
	case s.secrets == standardSecret:
		return standardKey(raw, prefix, asymmetric)
	case s.secrets == ed25519Secret:
		if k, ok := asymmetric(decodeKey(raw)); ok {
			return k, nil
		}
		return Key{}, &Problem{"is no key of Ed25519", "write its 32 bytes in hexadecimal or base64"}
	case len(raw) < shortestText || len(raw) > longestText:
		return Key{}, &Problem{fmt.Sprintf("has %d bytes", len(raw)), fmt.Sprintf("write one of %d to %d bytes", shortestText, longestText)}
	}
	return Key{secret: bytes.Clone(raw)}, nil
}

func standardKey(raw []byte, prefix string, asymmetric func([]byte) (Key, bool)) (Key, *Problem) {
	words := &Problem{"is not a secret of Standard Webhooks", "write whsec_ and 24 to 64 bytes in base64, or for Ed25519 " + prefix + " and a key in base64"}
	if text, ok := bytes.CutPrefix(raw, []byte("whsec_")); ok {
		secret, err := base64.StdEncoding.Strict().AppendDecode(nil, text)
		if err != nil || len(secret) < minStandard || len(secret) > maxStandard {
			return Key{}, words
		}
		return Key{secret: secret}, nil
	}
	text, ok := bytes.CutPrefix(raw, []byte(prefix))
	if !ok {
		return Key{}, words
	}
	if decoded, err := base64.StdEncoding.Strict().AppendDecode(nil, text); err == nil {
		if k, ok := asymmetric(decoded); ok {
			return k, nil
		}
	}
	return Key{}, words
}

// decodeKey reads hexadecimal or base64; nothing for what is neither.
func decodeKey(raw []byte) []byte {
	if key, err := hex.AppendDecode(nil, raw); err == nil {
		return key
	}
	key, err := base64.StdEncoding.Strict().AppendDecode(nil, raw)
	if err != nil {
		return nil
	}
	return key
}

func publicKey(raw []byte) (Key, bool) {
	if !jose.SoundEd25519(raw) {
		return Key{}, false
	}
	return Key{public: raw}, true
}

// privateKey takes a seed, or a seed and its public key as most libraries keep it.
func privateKey(raw []byte) (Key, bool) {
	if len(raw) != ed25519.SeedSize && len(raw) != ed25519.PrivateKeySize {
		return Key{}, false
	}
	private := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
	if len(raw) == ed25519.PrivateKeySize && !bytes.Equal(raw, private) {
		return Key{}, false
	}
	return Key{private: private, public: private.Public().(ed25519.PublicKey)}, true
}
