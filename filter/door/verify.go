package door

import (
	"encoding/binary"
	"slices"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

// hashNames are the hashes as Envoy's verify_signature names them.
var hashNames = [...]string{guard.SHA256: "sha256", guard.SHA384: "sha384", guard.SHA512: "sha512"}

// The fields of Envoy's VerifySignatureArguments and VerifySignatureResult
// (extensions/common/wasm/ext), with the wire type of the Protocol Buffers.
const (
	fieldHash      = 1<<3 | 2
	fieldKey       = 2<<3 | 2
	fieldSignature = 3<<3 | 2
	fieldText      = 4<<3 | 2
	fieldResult    = 1 << 3
)

// argumentKept is the largest argument, in bytes, whose memory is used again.
const argumentKept = 4 << 10

// VerifySignature implements guard.Crypto with Envoy's verify_signature.
func (w *world) VerifySignature(h guard.Hash, key, signature, text []byte) (bool, error) {
	if int(h) >= len(hashNames) || hashNames[h] == "" {
		return false, guard.ErrNoVerifier
	}
	b := slices.Grow(w.argument[:0], len(key)+len(signature)+len(text)+64)
	if cap(b) <= argumentKept {
		w.argument = b
	}
	b = appendField(b, fieldHash, []byte(hashNames[h]))
	b = appendField(b, fieldKey, key)
	b = appendField(b, fieldSignature, signature)
	b = appendField(b, fieldText, text)
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

func appendField(b []byte, field byte, value []byte) []byte {
	b = binary.AppendUvarint(append(b, field), uint64(len(value)))
	return append(b, value...)
}
