package guard

import "errors"

// ErrNoVerifier: the proxy checks no signatures of this kind. Go's own crypto
// can be asked instead.
var ErrNoVerifier = errors.New("guard: the proxy verifies no signatures")

// Hash is what a signature signs: the digest's function.
type Hash uint8

// The hashes of JSON Web Signatures (RFC 7518 section 3.1).
const (
	SHA256 Hash = iota + 1
	SHA384
	SHA512
)

// Crypto is what the proxy does faster than a filter can.
type Crypto interface {
	// VerifySignature checks an RSASSA-PKCS1-v1_5 or ECDSA signature. key is a
	// SubjectPublicKeyInfo in DER (RFC 5280 section 4.1.2.7); an ECDSA signature
	// is DER too (RFC 3279 section 2.2.3). false is a signature that does not
	// fit. Errors: ErrNoVerifier, or a host call that failed; neither says
	// anything about the signature.
	VerifySignature(h Hash, key, signature, text []byte) (ok bool, err error)
}
