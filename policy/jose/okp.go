package jose

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"strings"
)

// edwardsPrime is 2^255 - 19 (RFC 8032 section 5.1).
var edwardsPrime = hexadecimal("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")

// smallOrder are the y of the eight points whose order divides 8. A signature for
// such a key fits any text.
var smallOrder = [...][]byte{
	hexadecimal("0000000000000000000000000000000000000000000000000000000000000000"),
	hexadecimal("0000000000000000000000000000000000000000000000000000000000000001"),
	hexadecimal("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),
	hexadecimal("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
	hexadecimal("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),
}

// edwardsBase is the base point B (RFC 8032 section 5.1), encoded: surely a key.
var edwardsBase = ed25519.PublicKey("\x58" + strings.Repeat("\x66", 31))

// edwardsAlgorithm is id-Ed25519 (RFC 8410 section 3).
var edwardsAlgorithm = []byte{0x06, 0x03, 0x2b, 0x65, 0x70}

// newEd25519 makes a key of an encoded point (RFC 8032 section 5.1.2).
func newEd25519(x []byte) (*Key, error) {
	if !SoundEd25519(x) {
		return nil, errPoint
	}
	return &Key{
		algorithms: NewAlgorithms(EdDSA),
		thumbprint: printOf("OKP", "Ed25519", nil, nil, x, nil),
		spki:       subject(edwardsAlgorithm, x),
		edwards:    ed25519.PublicKey(bytes.Clone(x)),
	}, nil
}

// SoundEd25519 tells whether an encoded point (RFC 8032 section 5.1.2) can be a
// public key: it is on the curve, and not one for which signatures fit any text.
func SoundEd25519(x []byte) bool { return len(x) == ed25519.PublicKeySize && onEdwards(x) }

// onEdwards tells whether the point is on the curve and not of small order, and
// its y is written as RFC 8032 has it, below the prime.
func onEdwards(encoded []byte) bool {
	y := bytes.Clone(encoded)
	y[len(y)-1] &= 0x7f // the sign of x
	slices.Reverse(y)
	if bytes.Compare(y, edwardsPrime) >= 0 {
		return false
	}
	for _, small := range smallOrder {
		if bytes.Equal(y, small) {
			return false
		}
	}
	return refusal(encoded) == refusal(edwardsBase)
}

// refusal is what crypto/ed25519 says of a key with a signature that is empty. It
// looks at the key first, and has no other way to ask whether a key is a point.
func refusal(key ed25519.PublicKey) string {
	if err := ed25519.VerifyWithOptions(key, nil, nil, new(ed25519.Options)); err != nil {
		return err.Error()
	}
	return "none"
}
