package jose

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of RSA signatures
	_ "crypto/sha512"
	"errors"
	"math/big"

	"sallyport.dev/sallyport/policy/guard"
)

// The sizes of RSA keys: RFC 7518 sections 3.3 and 3.5 demand 2048 bits; beyond
// 8192 one signature costs a worker more than its key is worth.
const (
	minModulus = 2048
	maxModulus = 8192
)

var (
	errModulus  = errors.New("an RSA modulus must be odd and have 2048 to 8192 bits")
	errExponent = errors.New("an RSA exponent must be odd and from 3 to 2147483647")
	errROCA     = errors.New("an RSA key of a generator that makes weak ones (ROCA)")
)

// rsaAlgorithm is rsaEncryption with its parameters NULL (RFC 3279 section 2.3.1).
var rsaAlgorithm = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00}

// newRSA makes a key of a modulus and an exponent, most significant byte first.
func newRSA(modulus, exponent []byte) (*Key, error) {
	if len(modulus) > maxModulus/8+1 { // one for a sign, or a zero that some write
		return nil, errModulus
	}
	if len(exponent) > 8 {
		return nil, errExponent
	}
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	switch {
	case n.BitLen() < minModulus || n.BitLen() > maxModulus || n.Bit(0) == 0:
		return nil, errModulus
	case e.BitLen() > 31 || e.Bit(0) == 0 || e.Cmp(big.NewInt(3)) < 0:
		return nil, errExponent
	case weakROCA(n):
		return nil, errROCA
	}
	return &Key{
		algorithms: rsaAlgorithms,
		thumbprint: printOf("RSA", "", e.Bytes(), n.Bytes(), nil, nil),
		spki:       subject(rsaAlgorithm, tlv(tagSequence, integer(n.Bytes()), integer(e.Bytes()))),
		rsa:        &rsaKey{modulus: n.Bytes(), exponent: int(e.Int64())},
	}, nil
}

// rsaKey is what crypto/rsa needs. A big.Int here would link all of math/big: a
// Key can be reached from interfaces, for which the linker keeps its methods.
type rsaKey struct {
	modulus  []byte
	exponent int
}

func (k *rsaKey) public() *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).SetBytes(k.modulus), E: k.exponent}
}

var cryptoHashes = [...]crypto.Hash{guard.SHA256: crypto.SHA256, guard.SHA384: crypto.SHA384, guard.SHA512: crypto.SHA512}

// verifyPKCS1 checks an RSASSA-PKCS1-v1_5 signature with Go's crypto.
func (k *Key) verifyPKCS1(h guard.Hash, text, signature []byte) bool {
	return rsa.VerifyPKCS1v15(k.rsa.public(), cryptoHashes[h], digest(h, text), signature) == nil
}

// verifyPSS checks an RSASSA-PSS signature whose salt is as long as its hash (RFC
// 7518 section 3.5).
func (k *Key) verifyPSS(h guard.Hash, text, signature []byte) bool {
	options := rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
	return rsa.VerifyPSS(k.rsa.public(), cryptoHashes[h], digest(h, text), signature, &options) == nil
}
