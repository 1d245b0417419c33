package hosttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"crypto/x509"
	"encoding/binary"

	"sallyport.dev/sallyport/filter/proxywasm"
)

// VerifySignature is Envoy's foreign function verify_signature: RSASSA-PKCS1-v1_5
// and ECDSA with signatures in DER, keys as SubjectPublicKeyInfo. It answers as
// Envoys were seen to: 08 01, or an error's text without the result.
func VerifySignature(argument []byte) ([]byte, error) {
	fields, ok := messageFields(argument)
	if !ok {
		return nil, proxywasm.ErrHost
	}
	hash := map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}[string(fields[1])]
	key, err := x509.ParsePKIXPublicKey(fields[2])
	if hash == 0 || err != nil {
		return append([]byte{2<<3 | 2, 5}, "wrong"...), nil
	}
	digest := hash.New()
	digest.Write(fields[4])
	switch key := key.(type) {
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(key, hash, digest.Sum(nil), fields[3]) == nil
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(key, digest.Sum(nil), fields[3])
	default:
		ok = false
	}
	if !ok {
		return append([]byte{2<<3 | 2, 5}, "wrong"...), nil
	}
	return []byte{1 << 3, 1}, nil
}

// messageFields reads a protocol buffer of fields with lengths, by number.
func messageFields(b []byte) (map[byte][]byte, bool) {
	fields := map[byte][]byte{}
	for len(b) > 0 {
		tag := b[0]
		size, n := binary.Uvarint(b[1:])
		if tag&7 != 2 || tag >= 0x80 || n <= 0 || size > uint64(len(b)-1-n) {
			return nil, false
		}
		fields[tag>>3] = b[1+n : 1+n+int(size)]
		b = b[1+n+int(size):]
	}
	return fields, true
}
