//go:build !wasip1

package jose

import (
	"crypto/ecdsa"
	"crypto/elliptic"

	"sallyport.dev/sallyport/policy/guard"
)

var ellipticCurves = map[Algorithm]elliptic.Curve{
	ES256: elliptic.P256(), ES384: elliptic.P384(), ES512: elliptic.P521(),
}

// verifyECDSA checks a signature in DER with Go's crypto.
func (k *Key) verifyECDSA(h guard.Hash, text, signature []byte) (bool, error) {
	public, err := ecdsa.ParseUncompressedPublicKey(ellipticCurves[k.curve.algorithm], k.point)
	if err != nil {
		return false, nil
	}
	return ecdsa.VerifyASN1(public, digest(h, text), signature), nil
}
