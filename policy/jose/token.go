package jose

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Token is a signed token that was read, and not yet verified. Nobody but
// Set.Verify says whether any of it is true.
type Token struct {
	Header Header
	// Signed is what the signature signs: header and payload as they were written.
	Signed []byte
	// Payload and Signature are decoded. Parse does not look into the payload.
	Payload, Signature []byte
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

// encoding refuses padding and bits that are set and not used. It passes over
// line breaks: alphabet is asked before.
var encoding = base64.RawURLEncoding.Strict()

// Parse reads a token in compact serialisation (RFC 7515 section 7.1): exactly
// three parts, each in the one form that base64url has for it, and a signature.
// The errors are ErrMalformed, ErrCritical and ErrAlgorithm.
func Parse(compact string, bounds Bounds) (*Token, error) {
	bounds = bounds.withDefaults()
	if len(compact) > bounds.Token {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, bounds.Token)
	}
	first, last, err := dots(compact)
	if err != nil {
		return nil, err
	}
	if encoding.DecodedLen(first) > bounds.Header {
		return nil, fmt.Errorf("%w: header longer than %d bytes", ErrMalformed, bounds.Header)
	}
	t := &Token{Signed: []byte(compact[:last])}
	buf := make([]byte, 0, encoding.DecodedLen(len(compact)))
	header, buf, err := decode(buf, compact[:first], err)
	t.Payload, buf, err = decode(buf, compact[first+1:last], err)
	t.Signature, _, err = decode(buf, compact[last+1:], err)
	if err != nil {
		return nil, err
	}
	t.Header, err = parseHeader(header)
	if err != nil {
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

// dots finds the two dots of a token that holds nothing else beside base64url.
func dots(compact string) (first, last int, err error) {
	first, last = strings.IndexByte(compact, '.'), strings.LastIndexByte(compact, '.')
	if first < 0 || first == last {
		return 0, 0, fmt.Errorf("%w: fewer than three parts", ErrMalformed)
	}
	for i := range len(compact) {
		if !alphabet(compact[i]) && i != first && i != last {
			return 0, 0, fmt.Errorf("%w: neither base64url nor one of two dots at byte %d", ErrMalformed, i)
		}
	}
	return first, last, nil
}

// alphabet tells whether c is of base64url (RFC 4648 section 5).
func alphabet(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// decode appends the bytes of part to buf, unless something was wrong before.
func decode(buf []byte, part string, before error) (decoded, rest []byte, err error) {
	if before != nil {
		return nil, nil, before
	}
	out, err := encoding.AppendDecode(buf, []byte(part))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: a part is not canonical base64url", ErrMalformed)
	}
	return out[len(buf):len(out):len(out)], out, nil
}
