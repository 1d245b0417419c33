package jose

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/big"
)

// curve is a curve of FIPS 186-4 over a prime field: y² = x³ - 3x + b.
type curve struct {
	name      string
	algorithm Algorithm // the only one of the curve (RFC 7518 section 3.4)
	size      int       // bytes of a coordinate, and of r and s
	oid       []byte    // as DER
	p, b, n   []byte    // in size bytes each; as big.Int they would link what rsaKey spares
}

var errPoint = errors.New("not a point of its curve")

// curves are P-256, P-384 and P-521 (SEC 2 sections 2.4.2, 2.5.1 and 2.6.1). They
// stand here because crypto/elliptic would bring 0.9 MB into the module.
var curves = [...]*curve{
	newCurve("P-256", ES256, 256, []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07},
		"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
		"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
	newCurve("P-384", ES384, 384, []byte{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22},
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
		"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
		"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"),
	newCurve("P-521", ES512, 521, []byte{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23},
		"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
		"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"),
}

func newCurve(name string, a Algorithm, bits int, oid []byte, p, b, n string) *curve {
	return &curve{
		name: name, algorithm: a, size: (bits + 7) / 8, oid: oid,
		p: hexadecimal(p), b: hexadecimal(b), n: hexadecimal(n),
	}
}

// hexadecimal reads a number of this package.
func hexadecimal(digits string) []byte {
	number, err := hex.DecodeString(digits)
	if err != nil {
		panic("jose: " + digits + " is not hexadecimal")
	}
	return number
}

// ecAlgorithm is id-ecPublicKey (RFC 5480 section 2.1.1).
var ecAlgorithm = []byte{0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}

// identifier is the AlgorithmIdentifier of the curve's keys, without its frame.
func (c *curve) identifier() []byte { return append(bytes.Clone(ecAlgorithm), c.oid...) }

// newEC makes a key of a point, whose coordinates have the curve's full length
// (RFC 7518 section 6.2.1.2).
func newEC(c *curve, x, y []byte) (*Key, error) {
	if !c.has(x, y) {
		return nil, errPoint
	}
	point := bytes.Join([][]byte{{4}, x, y}, nil)
	return &Key{
		algorithms: NewAlgorithms(c.algorithm),
		thumbprint: printOf("EC", c.name, nil, nil, x, y),
		spki:       subject(c.identifier(), point),
		curve:      c,
		point:      point,
	}, nil
}

// has tells whether a point is on the curve: with one that is not, a verifier
// works on another curve, one that may be weak. The cofactor is 1: every point
// has the full order.
func (c *curve) has(xBytes, yBytes []byte) bool {
	if len(xBytes) != c.size || len(yBytes) != c.size {
		return false
	}
	if bytes.Compare(xBytes, c.p) >= 0 || bytes.Compare(yBytes, c.p) >= 0 {
		return false
	}
	x, y := new(big.Int).SetBytes(xBytes), new(big.Int).SetBytes(yBytes)
	p, b := new(big.Int).SetBytes(c.p), new(big.Int).SetBytes(c.b)
	right := new(big.Int).Mul(x, x)
	right.Sub(right, big.NewInt(3)).Mul(right, x).Add(right, b).Mod(right, p)
	left := new(big.Int).Mul(y, y)
	return left.Mod(left, p).Cmp(right) == 0
}

// signature turns r || s (RFC 7518 section 3.4) into DER. false: they have not
// the curve's full length, or one of them is 0 or not below the order. A
// verifier that takes zeros takes every token.
func (c *curve) signature(rs []byte) ([]byte, bool) {
	if len(rs) != 2*c.size {
		return nil, false
	}
	r, s := rs[:c.size], rs[c.size:]
	if !c.scalar(r) || !c.scalar(s) {
		return nil, false
	}
	r, s = bytes.TrimLeft(r, "\x00"), bytes.TrimLeft(s, "\x00")
	size := integerSize(r) + integerSize(s)
	b := append(make([]byte, 0, size+3), tagSequence)
	if size >= 0x80 { // of P-521
		b = append(b, 0x81)
	}
	b = appendInteger(append(b, byte(size)), r)
	return appendInteger(b, s), true
}

// integerSize is the size of a number of up to 126 bytes as a DER INTEGER. It has
// no zeros in front.
func integerSize(number []byte) int { return 2 + len(number) + int(number[0]>>7) }

func appendInteger(b, number []byte) []byte {
	if number[0] < 0x80 {
		b = append(b, tagInteger, byte(len(number)))
	} else { // a sign bit that is clear
		b = append(b, tagInteger, byte(len(number)+1), 0)
	}
	return append(b, number...)
}

func (c *curve) scalar(n []byte) bool {
	return !allZero(n) && bytes.Compare(n, c.n) < 0
}

func allZero(n []byte) bool {
	for _, b := range n {
		if b != 0 {
			return false
		}
	}
	return true
}
