package jose

import (
	"errors"
	"fmt"
	"slices"
)

var (
	errPrivate = errors.New("a private key; publish the public half alone, and replace this one")
	errOct     = errors.New("a secret among public keys")
	errBase64  = errors.New("a member that is not canonical base64url")

	// errForeign: a sound key for something else than signatures that are known
	// here (RFC 7517 section 5 has such keys ignored).
	errForeign = errors.New("not a key that verifies signatures of a known algorithm")
)

// maxOperations bounds key_ops: RFC 7517 section 4.3 knows eight.
const maxOperations = 16

// jwk is what stands in a JSON Web Key (RFC 7517 section 4).
type jwk struct {
	kty, use, alg, kid, crv string
	operations              []string
	hasOperations           bool
	n, e, x, y              string
	private                 bool
}

// ParseKey reads one JSON Web Key that is public, such as the one in the header
// of a proof of possession (RFC 9449 section 4.2). The error is ErrKey.
func ParseKey(text []byte) (*Key, error) {
	if len(text) > maxKey {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrKey, maxKey)
	}
	k, err := parseJWK(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return k, nil
}

func parseJWK(text []byte) (*Key, error) {
	j, err := readJWK(text)
	if err != nil {
		return nil, err
	}
	if j.kty == "oct" {
		return nil, errOct
	}
	if j.private {
		return nil, errPrivate
	}
	if !j.verifies() {
		return nil, errForeign
	}
	k, err := j.public()
	if err != nil {
		return nil, err
	}
	return j.restrict(k)
}

// readJWK reads the members. Those of private keys are seen by their names (RFC
// 7518 sections 6.2.2, 6.3.2 and 6.4, RFC 8037 section 2), also where they are
// not of the key's kind.
func readJWK(text []byte) (jwk, error) {
	var j jwk
	m := newMembers(text)
	for m.next() {
		if into := j.member(m.name); into != nil {
			*into = m.string()
			continue
		}
		switch m.name {
		case "key_ops":
			j.operations, j.hasOperations = m.strings(maxOperations), true
		case "d", "p", "q", "dp", "dq", "qi", "oth", "k":
			j.private = true
			m.skip()
		default:
			m.skip()
		}
	}
	return j, m.end()
}

// member is where a member that is a string belongs; nil: elsewhere.
func (j *jwk) member(name string) *string {
	switch name {
	case "kty":
		return &j.kty
	case "use":
		return &j.use
	case "alg":
		return &j.alg
	case "kid":
		return &j.kid
	case "crv":
		return &j.crv
	case "n":
		return &j.n
	case "e":
		return &j.e
	case "x":
		return &j.x
	case "y":
		return &j.y
	default:
		return nil
	}
}

// verifies tells whether the key is meant to verify signatures (RFC 7517 sections
// 4.2 and 4.3).
func (j *jwk) verifies() bool {
	return (j.use == "" || j.use == "sig") && (!j.hasOperations || slices.Contains(j.operations, "verify"))
}

// public makes the key of its kind.
func (j *jwk) public() (*Key, error) {
	var err error
	bytes := func(text string) []byte {
		b, wrong := decodeMember(text)
		if wrong != nil {
			err = wrong
		}
		return b
	}
	var k *Key
	var wrong error
	switch {
	case j.kty == "RSA":
		k, wrong = newRSA(bytes(j.n), bytes(j.e))
	case j.kty == "EC":
		c := curveOf(j.crv)
		if c == nil {
			return nil, errForeign
		}
		k, wrong = newEC(c, bytes(j.x), bytes(j.y))
	case j.kty == "OKP" && j.crv == "Ed25519":
		k, wrong = newEd25519(bytes(j.x))
	default:
		return nil, errForeign
	}
	if err != nil {
		return nil, err
	}
	return k, wrong
}

func curveOf(name string) *curve {
	for _, c := range curves {
		if c.name == name {
			return c
		}
	}
	return nil
}

// restrict gives the key its name, and leaves it the algorithm that it is for.
func (j *jwk) restrict(k *Key) (*Key, error) {
	k.id = j.kid
	if j.alg == "" {
		return k, nil
	}
	a, known := ParseAlgorithm(j.alg)
	if !known || !k.algorithms.Has(a) {
		return nil, errForeign
	}
	k.algorithms = NewAlgorithms(a)
	return k, nil
}

// decodeMember decodes canonical base64url.
func decodeMember(text string) ([]byte, error) {
	for i := range len(text) {
		if !alphabet(text[i]) {
			return nil, errBase64
		}
	}
	b, err := encoding.DecodeString(text)
	if err != nil {
		return nil, errBase64
	}
	return b, nil
}
