package jose

import "fmt"

// Header is the JOSE header (RFC 7515 section 4.1). Parameters that are not here
// are passed over, as the standard has it; none of them can change what a
// signature covers, or which key verifies it.
type Header struct {
	Algorithm Algorithm
	// KeyID is the parameter kid; empty: none.
	KeyID string
	// Type is the parameter typ as it is written, such as "at+jwt"; empty: none.
	Type string
	// JWK is the parameter jwk as it is written: the key of the one who signed, by
	// his own word. Nothing but a proof of possession (RFC 9449) may look at it.
	JWK []byte
}

// parseHeader reads a header in strict JSON into h.
func parseHeader(h *Header, text []byte) error {
	var (
		algorithm string
		critical  bool
	)
	m := newMembers(text)
	for m.next() {
		switch m.name {
		case "alg":
			algorithm = m.string()
		case "kid":
			h.KeyID = m.string()
		case "typ":
			h.Type = m.string()
		case "jwk":
			h.JWK = m.object()
		case "crit", "b64":
			critical = true
			m.skip()
		default:
			m.skip()
		}
	}
	if err := m.end(); err != nil {
		return fmt.Errorf("%w: header: %w", ErrMalformed, err)
	}
	if critical {
		return ErrCritical
	}
	var known bool
	if h.Algorithm, known = ParseAlgorithm(algorithm); !known {
		return fmt.Errorf("%w: none, or one that is not known", ErrAlgorithm)
	}
	return nil
}
