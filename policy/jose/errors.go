package jose

import "errors"

// What can be wrong with a token. Every error of Parse and Verify is one of
// these (errors.Is), or a host call that failed.
var (
	// ErrMalformed: no compact JWS within its bounds, or a header that is not
	// strict JSON.
	ErrMalformed = errors.New("jose: malformed token")
	// ErrCritical: the header demands what is not understood (RFC 7515 section
	// 4.1.11), or leaves the payload unencoded (RFC 7797).
	ErrCritical = errors.New("jose: token with critical header parameters")
	// ErrAlgorithm: none, an unknown algorithm, one that is not allowed, or not
	// the one of the key that the token names.
	ErrAlgorithm = errors.New("jose: algorithm is not allowed")
	// ErrUnknownKey: the set has no key that the token names, or none of its
	// algorithm. A newer set may have it.
	ErrUnknownKey = errors.New("jose: unknown key")
	// ErrSignature: the signature does not fit the key.
	ErrSignature = errors.New("jose: wrong signature")
	// ErrUnverifiable: neither the proxy nor this program can verify the
	// algorithm. It says nothing about the signature.
	ErrUnverifiable = errors.New("jose: nothing here verifies this algorithm")
)

// What can be wrong with keys.
var (
	// ErrSet: not a key set (RFC 7517 section 5), too large, or without any key
	// that can verify.
	ErrSet = errors.New("jose: unusable key set")
	// ErrKey: a key that cannot be trusted or understood.
	ErrKey = errors.New("jose: unusable key")
)
