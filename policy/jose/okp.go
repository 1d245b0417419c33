package jose

import (
	"bytes"
	"crypto/ed25519"
	"math/big"
	"slices"
)

// edwardsPrime is 2^255 - 19, and edwardsD the curve's constant (RFC 8032 section
// 5.1).
var (
	edwardsPrime = hexadecimal("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")
	edwardsD     = hexadecimal("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3")
)

// smallOrder are the y of the eight points whose order divides 8. A signature for
// such a key fits any text.
var smallOrder = [...]*big.Int{
	big.NewInt(0),
	big.NewInt(1),
	hexadecimal("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"),
	hexadecimal("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
	hexadecimal("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),
}

// edwardsAlgorithm is id-Ed25519 (RFC 8410 section 3).
var edwardsAlgorithm = []byte{0x06, 0x03, 0x2b, 0x65, 0x70}

// newEd25519 makes a key of an encoded point (RFC 8032 section 5.1.2).
func newEd25519(x []byte) (*Key, error) {
	if len(x) != ed25519.PublicKeySize || !onEdwards(x) {
		return nil, errPoint
	}
	return &Key{
		algorithms: NewAlgorithms(EdDSA),
		thumbprint: printOf("OKP", "Ed25519", nil, nil, x, nil),
		spki:       subject(edwardsAlgorithm, x),
		edwards:    ed25519.PublicKey(bytes.Clone(x)),
	}, nil
}

// onEdwards tells whether there is an x for the encoded y, so that x² = (y² - 1)
// / (d y² + 1), and the point is not of small order.
func onEdwards(encoded []byte) bool {
	b := bytes.Clone(encoded)
	b[len(b)-1] &= 0x7f // the sign of x
	slices.Reverse(b)
	y := new(big.Int).SetBytes(b)
	if y.Cmp(edwardsPrime) >= 0 {
		return false
	}
	for _, small := range smallOrder {
		if y.Cmp(small) == 0 {
			return false
		}
	}
	y.Mul(y, y)
	below := new(big.Int).Mul(edwardsD, y)
	below.Add(below, big.NewInt(1))
	square := y.Sub(y, big.NewInt(1)).Mul(y, below) // times the square of what is below
	return big.Jacobi(square.Mod(square, edwardsPrime), edwardsPrime) >= 0
}
