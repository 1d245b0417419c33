package jose

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
)

// Key is one public key or one shared secret. It does not change.
type Key struct {
	id         string
	algorithms Algorithms
	thumbprint [sha256.Size]byte

	spki    []byte // SubjectPublicKeyInfo; nil: a secret
	rsa     *rsaKey
	curve   *curve
	point   []byte // of curve, uncompressed
	edwards ed25519.PublicKey
	secret  []byte
}

// ID is the key's kid; empty: it has none.
func (k *Key) ID() string { return k.id }

// Algorithms is what the key may verify: what its kind can, and of that what its
// own alg, use and key_ops allow.
func (k *Key) Algorithms() Algorithms { return k.algorithms }

// Thumbprint is the SHA-256 thumbprint of the key (RFC 7638).
func (k *Key) Thumbprint() [sha256.Size]byte { return k.thumbprint }

// printOf computes a thumbprint from the members that make the key, which are
// given as name and bytes in the order of their names. Neither needs an escape.
func printOf(kty, crv string, e, n, x, y []byte) [sha256.Size]byte {
	b := []byte{'{'}
	text := func(name, value string) {
		if value != "" {
			b = append(b, `"`+name+`":"`+value+`",`...)
		}
	}
	value := func(name string, value []byte) { text(name, base64.RawURLEncoding.EncodeToString(value)) }
	text("crv", crv)
	value("e", e)
	text("kty", kty)
	value("n", n)
	value("x", x)
	value("y", y)
	b[len(b)-1] = '}'
	return sha256.Sum256(b)
}
