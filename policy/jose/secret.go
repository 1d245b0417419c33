package jose

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Secret returns the set of one shared secret, for the given algorithms HS*. A
// secret that is shorter than the hash of one of them is ErrKey (RFC 7518 section
// 3.2).
func Secret(secret []byte, algorithms Algorithms) (*Set, error) {
	if algorithms == 0 || algorithms.Asymmetric() {
		return nil, fmt.Errorf("%w: a secret is for HS256, HS384 and HS512 alone", ErrKey)
	}
	for a := range algorithms.All() {
		if need := digestSize(a.hash()); len(secret) < need {
			return nil, fmt.Errorf("%w: a secret for %s has at least %d bytes; this one has %d", ErrKey, a, need, len(secret))
		}
	}
	if len(secret) > maxKey {
		return nil, fmt.Errorf("%w: %w", ErrKey, errors.New("a secret that is too long"))
	}
	k := &Key{algorithms: algorithms, secret: bytes.Clone(secret), thumbprint: printSecret(secret)}
	return &Set{keys: []*Key{k}}, nil
}

// printSecret computes the thumbprint of a secret (RFC 7638 section 3.2). Its
// member k stands before kty.
func printSecret(secret []byte) [sha256.Size]byte {
	return sha256.Sum256([]byte(`{"k":"` + encoding.EncodeToString(secret) + `","kty":"oct"}`))
}
