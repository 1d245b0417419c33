package jose

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unsafe"
)

// Token is a signed token that was read, and not yet verified. Nobody but
// Set.Verify says whether any of it is true.
type Token struct {
	Header Header
	// Signed is what the signature signs: header and payload as they were written. It
	// is part of the token's text: nobody must change it.
	Signed []byte
	// Payload and Signature are decoded. Parse does not look into the payload.
	Payload, Signature []byte

	first string // the header as it was written
}

// Bounds is how much is read. A member that is 0 has its default.
type Bounds struct {
	// Token is the most bytes of a token as it is written; default 16 KiB.
	Token int
	// Header is the most bytes of a header behind its base64url; default 4 KiB,
	// room for an embedded key.
	Header int
}

const (
	defaultToken  = 16 << 10
	defaultHeader = 4 << 10
)

// encoding refuses padding, and bits that are set and not used.
var encoding = base64.RawURLEncoding.Strict()

// Parse reads a token in compact serialisation (RFC 7515 section 7.1): exactly
// three parts, each in the one form that base64url has for it, and a signature.
// The errors are ErrMalformed, ErrCritical and ErrAlgorithm. The token holds on to
// compact.
func Parse(compact string, bounds Bounds) (*Token, error) {
	return (*Headers)(nil).Parse(compact, bounds)
}

// Parse is the function Parse, with headers that are remembered.
func (h *Headers) Parse(compact string, bounds Bounds) (*Token, error) {
	bounds = bounds.withDefaults()
	if len(compact) > bounds.Token {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, bounds.Token)
	}
	first := strings.IndexByte(compact, '.')
	last := first + 1 + strings.IndexByte(compact[first+1:], '.')
	if last <= first {
		return nil, fmt.Errorf("%w: fewer than three parts", ErrMalformed)
	}
	if decodedSize(first) > bounds.Header {
		return nil, fmt.Errorf("%w: header longer than %d bytes", ErrMalformed, bounds.Header)
	}
	t := &Token{Signed: bytesOf(compact[:last]), first: compact[:first]}
	known := h.find(t.first)
	var header []byte
	head, payload, signature := true, false, false
	if known == nil {
		header, head = decode(t.first)
	}
	t.Payload, payload = decode(compact[first+1 : last])
	t.Signature, signature = decode(compact[last+1:]) // a fourth part is none: no dot is of the alphabet
	if !head || !payload || !signature {
		return nil, fmt.Errorf("%w: a part is not canonical base64url", ErrMalformed)
	}
	if known != nil {
		t.Header = known.header
	} else if err := parseHeader(&t.Header, header); err != nil {
		return nil, err
	}
	if len(t.Signature) == 0 {
		return nil, fmt.Errorf("%w: no signature", ErrMalformed)
	}
	return t, nil
}

func (b Bounds) withDefaults() Bounds {
	if b.Token <= 0 {
		b.Token = defaultToken
	}
	if b.Header <= 0 {
		b.Header = defaultHeader
	}
	return b
}

// bytesOf returns a text's own bytes, which nobody must change.
func bytesOf(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) }

// alphabet tells whether c is of base64url (RFC 4648 section 5).
func alphabet(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
