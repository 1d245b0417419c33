package jose

import (
	"iter"

	"sallyport.dev/sallyport/policy/guard"
)

// Algorithm is a signature algorithm. The zero value is none, which verifies
// nothing.
type Algorithm uint8

// The algorithms of RFC 7518 section 3.1 and RFC 8037 section 3.1. EdDSA is
// Ed25519 alone.
const (
	RS256 Algorithm = iota + 1
	RS384
	RS512
	PS256
	PS384
	PS512
	ES256
	ES384
	ES512
	EdDSA
	HS256
	HS384
	HS512
)

var algorithmNames = [...]string{
	RS256: "RS256", RS384: "RS384", RS512: "RS512",
	PS256: "PS256", PS384: "PS384", PS512: "PS512",
	ES256: "ES256", ES384: "ES384", ES512: "ES512",
	EdDSA: "EdDSA",
	HS256: "HS256", HS384: "HS384", HS512: "HS512",
}

// ParseAlgorithm returns the algorithm of a name. Names are case-sensitive (RFC
// 7515 section 4.1.1).
func ParseAlgorithm(name string) (Algorithm, bool) {
	for a := RS256; a <= HS512; a++ {
		if algorithmNames[a] == name {
			return a, true
		}
	}
	return 0, false
}

// String returns the name, or "none".
func (a Algorithm) String() string {
	if a == 0 || a > HS512 {
		return "none"
	}
	return algorithmNames[a]
}

// Symmetric tells whether a shared secret signs and verifies.
func (a Algorithm) Symmetric() bool { return a >= HS256 && a <= HS512 }

// hash is the digest's function; EdDSA has none of its own.
func (a Algorithm) hash() guard.Hash {
	switch a {
	case RS256, PS256, ES256, HS256:
		return guard.SHA256
	case RS384, PS384, ES384, HS384:
		return guard.SHA384
	case RS512, PS512, ES512, HS512:
		return guard.SHA512
	default:
		return 0
	}
}

// Algorithms is a set of algorithms. The zero value is empty.
type Algorithms uint16

// The algorithms of each family of keys.
var (
	rsaAlgorithms = NewAlgorithms(RS256, RS384, RS512, PS256, PS384, PS512)
	symmetric     = NewAlgorithms(HS256, HS384, HS512)
)

// NewAlgorithms returns the set of the given algorithms.
func NewAlgorithms(list ...Algorithm) Algorithms {
	var s Algorithms
	for _, a := range list {
		if a != 0 && a <= HS512 {
			s |= 1 << a
		}
	}
	return s
}

// Has tells whether a is in the set. None never is.
func (s Algorithms) Has(a Algorithm) bool { return a != 0 && a <= HS512 && s&(1<<a) != 0 }

// All yields the algorithms in the set, in the order of their declaration.
func (s Algorithms) All() iter.Seq[Algorithm] {
	return func(yield func(Algorithm) bool) {
		for a := RS256; a <= HS512; a++ {
			if s.Has(a) && !yield(a) {
				return
			}
		}
	}
}

// Symmetric tells whether any algorithm in the set needs a shared secret.
func (s Algorithms) Symmetric() bool { return s&symmetric != 0 }

// Asymmetric tells whether any algorithm in the set needs a public key.
func (s Algorithms) Asymmetric() bool { return s&^symmetric != 0 }
