package door

import (
	"slices"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

// hashFields are the fields 1 of Envoy's VerifySignatureArguments: the hashes as
// verify_signature names them, with the length of the name before it.
var hashFields = [...]string{guard.SHA256: "\x0a\x06sha256", guard.SHA384: "\x0a\x06sha384", guard.SHA512: "\x0a\x06sha512"}

// The other fields of VerifySignatureArguments and those of VerifySignatureResult
// (extensions/common/wasm/ext), with the wire type of the Protocol Buffers.
const (
	fieldKey    = 2<<3 | 2
	fieldNext   = 1 << 3 // from the key to the signature, and from there to the text
	fieldResult = 1 << 3
)

// argumentKept is the largest argument, in bytes, whose memory is used again.
const argumentKept = 4 << 10

// fieldsRoom is more than the fields take beside the values of three of them.
const fieldsRoom = 64

// VerifySignature implements guard.Crypto with Envoy's verify_signature.
func (w *world) VerifySignature(h guard.Hash, key, signature, text []byte) (bool, error) {
	if int(h) >= len(hashFields) || hashFields[h] == "" {
		return false, guard.ErrNoVerifier
	}
	b := w.argument[:0]
	if need := len(key) + len(signature) + len(text) + fieldsRoom; cap(b) < need {
		if b = slices.Grow(b, need); cap(b) <= argumentKept {
			w.argument = b
		}
	}
	b = append(b, hashFields[h]...)
	field := byte(fieldKey)
	for _, value := range [...][]byte{key, signature, text} {
		b = append(b, field)
		n := len(value)
		for ; n >= 0x80; n >>= 7 { // a varint
			b = append(b, byte(n)|0x80)
		}
		b = append(append(b, byte(n)), value...)
		field += fieldNext
	}
	result, err := w.host.CallForeign("verify_signature", b)
	switch {
	case err == proxywasm.ErrNotFound:
		return false, guard.ErrNoVerifier
	case err != nil:
		return false, err
	}
	// true is the one field in front; false is left out, and an error's text follows.
	return len(result) == 2 && result[0] == fieldResult && result[1] == 1, nil
}
