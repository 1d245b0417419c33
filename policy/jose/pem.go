package jose

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

var (
	errNotDER     = errors.New("not a SubjectPublicKeyInfo in DER of an RSA, P-256, P-384, P-521 or Ed25519 key")
	errCompressed = errors.New("a compressed point; write it uncompressed: openssl ec -pubin -conv_form uncompressed")
	errPSSKey     = errors.New("an RSA key for PSS alone (id-RSASSA-PSS); publish it as an ordinary RSA key")
)

// ParsePEM reads public keys in PEM (RFC 7468 section 13), one or several, and
// nothing beside them. The error is ErrKey.
func ParsePEM(text string) (*Set, error) {
	s := &Set{}
	if err := s.addPEM(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return s, nil
}

func (s *Set) addPEM(text string) error {
	if len(text) > maxSet {
		return fmt.Errorf("longer than %d bytes", maxSet)
	}
	rest := strings.TrimSpace(text)
	for first := true; first || rest != ""; first = false {
		block, after, err := nextBlock(rest)
		if err != nil {
			return err
		}
		k, err := parseSubject(block)
		if err != nil {
			return err
		}
		s.add(k)
		if len(s.keys) > maxKeys {
			return fmt.Errorf("more than %d keys", maxKeys)
		}
		rest = strings.TrimSpace(after)
	}
	return nil
}

const pemBegin = "-----BEGIN "

// nextBlock returns what the block holds that text begins with, and what stands
// behind it. encoding/pem passes over what it does not understand, and goes on
// to the next block: here that is an error.
func nextBlock(text string) (content []byte, rest string, err error) {
	block, after := pem.Decode([]byte(text))
	if block == nil || !strings.HasPrefix(text, pemBegin) {
		return nil, "", errors.New(`no PEM; it begins with "-----BEGIN PUBLIC KEY-----"`)
	}
	if taken := text[:len(text)-len(after)]; strings.Count(taken, pemBegin) != 1 {
		return nil, "", errors.New("a PEM block that is malformed")
	}
	switch {
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, "", errors.New("a private key; give the public half alone: openssl pkey -pubout")
	case block.Type == "CERTIFICATE":
		return nil, "", errors.New("a certificate; give its public key: openssl x509 -pubkey -noout")
	case block.Type == "RSA PUBLIC KEY":
		return nil, "", errors.New("a key in PKCS #1; convert it: openssl rsa -RSAPublicKey_in -pubout")
	case block.Type != "PUBLIC KEY" || len(block.Headers) > 0:
		return nil, "", errors.New(`a PEM block that is no "PUBLIC KEY"`)
	}
	return block.Bytes, string(after), nil
}

// parseSubject reads a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). It looks
// for what the keys known here look like, and trusts it only when the key that
// it finds is written exactly so: there is one way to write DER.
func parseSubject(der []byte) (*Key, error) {
	k, err := guess(der)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(k.spki, der) {
		return nil, errNotDER
	}
	return k, nil
}

// The AlgorithmIdentifier that is refused by name (RFC 4055 section 1.2).
var pssAlgorithm = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}

func guess(der []byte) (*Key, error) {
	info, _ := value(tagSequence, der)
	algorithm, rest := value(tagSequence, info)
	bits, _ := value(tagBitString, rest)
	if len(bits) < 2 {
		return nil, errNotDER
	}
	content := bits[1:] // behind the number of unused bits
	switch {
	case bytes.Equal(algorithm, rsaAlgorithm):
		numbers, _ := value(tagSequence, content)
		modulus, rest := value(tagInteger, numbers)
		exponent, _ := value(tagInteger, rest)
		return newRSA(modulus, exponent)
	case bytes.Equal(algorithm, edwardsAlgorithm):
		return newEd25519(content)
	case bytes.HasPrefix(algorithm, pssAlgorithm):
		return nil, errPSSKey
	}
	for _, c := range curves {
		if bytes.Equal(algorithm, c.identifier()) {
			return guessPoint(c, content)
		}
	}
	return nil, errNotDER
}

// guessPoint reads a point (SEC 1 section 2.3.4).
func guessPoint(c *curve, point []byte) (*Key, error) {
	if point[0] == 2 || point[0] == 3 {
		return nil, errCompressed
	}
	if len(point) != 1+2*c.size {
		return nil, errPoint
	}
	return newEC(c, point[1:1+c.size], point[1+c.size:])
}
