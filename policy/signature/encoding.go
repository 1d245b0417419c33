package signature

import (
	"encoding/base64"
	"encoding/hex"
)

// Encoding is how the bytes of a signature are written.
type Encoding uint8

// The encodings.
const (
	Hex Encoding = iota
	Base64
	Base64URL
)

var encodings = map[string]Encoding{"hex": Hex, "base64": Base64, "base64url": Base64URL}

var (
	standardBase64 = base64.RawStdEncoding.Strict()
	urlBase64      = base64.RawURLEncoding.Strict()
)

// maxText is the length of the longest signature that is written, in bytes.
const maxText = 2 * MaxSize

// Decode reads a signature of a size into dst. Padding of base64 may be missing.
// It allocates nothing.
func (e Encoding) Decode(dst *[MaxSize]byte, text string, size int) bool {
	if len(text) > maxText {
		return false
	}
	var room [maxText]byte
	in := room[:copy(room[:], text)]
	var n int
	var err error
	var out [maxText]byte
	switch e {
	case Base64:
		n, err = standardBase64.Decode(out[:], unpadded(in))
	case Base64URL:
		n, err = urlBase64.Decode(out[:], unpadded(in))
	default:
		n, err = hex.Decode(out[:], in)
	}
	return err == nil && n == size && copy(dst[:], out[:n]) == size
}

// unpadded cuts the padding of a text in base64.
func unpadded(text []byte) []byte {
	if len(text)%4 != 0 {
		return text
	}
	for n := 0; n < 2 && len(text) > 0 && text[len(text)-1] == '='; n++ {
		text = text[:len(text)-1]
	}
	return text
}

// append writes a signature.
func (e Encoding) append(dst, signature []byte) []byte {
	switch e {
	case Base64:
		return base64.StdEncoding.AppendEncode(dst, signature)
	case Base64URL:
		return base64.RawURLEncoding.AppendEncode(dst, signature)
	}
	return hex.AppendEncode(dst, signature)
}
