package jose

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"

	"sallyport.dev/sallyport/policy/guard"
)

// maxTried bounds how many keys are tried for a token that names none.
const maxTried = 8

// Verify checks the token's signature with the key that it names, and returns
// that key. allowed is what the caller takes; the key must take it too.
//
// A kid chooses the keys that have it; where none has, those that have no kid at
// all, such as a key in PEM. For a token without kid all keys are fit. Of these
// the first eight of the token's algorithm are tried.
//
// c is asked first about RS* and ES*; Go's own crypto does the rest, and what c
// has no verifier for. c may be nil. A nil error is the only one that says that
// the token is sound.
func (s *Set) Verify(c guard.Crypto, t *Token, allowed Algorithms) (*Key, error) {
	if !allowed.Has(t.Header.Algorithm) {
		return nil, ErrAlgorithm
	}
	keys, err := s.candidates(t.Header.KeyID, t.Header.Algorithm)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		err := k.Verify(c, t, allowed)
		if err == nil {
			return k, nil
		}
		if !errors.Is(err, ErrSignature) {
			return nil, err
		}
	}
	return nil, ErrSignature
}

// candidates returns the keys to try.
func (s *Set) candidates(id string, a Algorithm) ([]*Key, error) {
	if s == nil {
		return nil, ErrUnknownKey
	}
	named := s.where(func(k *Key) bool { return id != "" && k.id == id })
	if len(named) > 0 {
		if fit := fitting(named, a); len(fit) > 0 {
			return fit, nil
		}
		return nil, fmt.Errorf("%w by the key that the token names", ErrAlgorithm)
	}
	fit := fitting(s.where(func(k *Key) bool { return id == "" || k.id == "" }), a)
	if len(fit) == 0 {
		return nil, ErrUnknownKey
	}
	return fit, nil
}

func (s *Set) where(match func(*Key) bool) []*Key {
	var keys []*Key
	for _, k := range s.keys {
		if match(k) {
			keys = append(keys, k)
		}
	}
	return keys
}

func fitting(keys []*Key, a Algorithm) []*Key {
	var fit []*Key
	for _, k := range keys {
		if k.algorithms.Has(a) && len(fit) < maxTried {
			fit = append(fit, k)
		}
	}
	return fit
}

// Verify checks the token's signature with this key. The errors are those of
// Set.Verify.
func (k *Key) Verify(c guard.Crypto, t *Token, allowed Algorithms) error {
	a := t.Header.Algorithm
	if !(allowed & k.algorithms).Has(a) {
		return ErrAlgorithm
	}
	ok, err := k.verify(c, a, t.Signed, t.Signature)
	if err != nil {
		return err
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// verify asks whoever verifies the algorithm.
func (k *Key) verify(c guard.Crypto, a Algorithm, text, signature []byte) (bool, error) {
	switch {
	case k.rsa != nil && len(signature) != k.rsa.Size():
		return false, nil // RFC 8017 sections 8.1.2 and 8.2.2
	case a >= RS256 && a <= RS512 && k.rsa != nil:
		ok, err := k.ask(c, a.hash(), signature, text)
		if errors.Is(err, guard.ErrNoVerifier) {
			return k.verifyPKCS1(a.hash(), text, signature), nil
		}
		return ok, err
	case a >= PS256 && a <= PS512 && k.rsa != nil:
		return k.verifyPSS(a.hash(), text, signature), nil
	case a >= ES256 && a <= ES512 && k.curve != nil:
		der, ok := k.curve.signature(signature)
		if !ok {
			return false, nil
		}
		ok, err := k.ask(c, a.hash(), der, text)
		if errors.Is(err, guard.ErrNoVerifier) {
			return k.verifyECDSA(a.hash(), text, der)
		}
		return ok, err
	case a == EdDSA && k.edwards != nil:
		return ed25519.Verify(k.edwards, text, signature), nil
	case a.Symmetric() && k.secret != nil:
		return k.verifyMAC(a.hash(), text, signature), nil
	default:
		return false, nil
	}
}

// ask asks the proxy. No answer but true without an error is one.
func (k *Key) ask(c guard.Crypto, h guard.Hash, signature, text []byte) (bool, error) {
	if c == nil {
		return false, guard.ErrNoVerifier
	}
	ok, err := c.VerifySignature(h, k.spki, signature, text)
	if err != nil {
		return false, fmt.Errorf("jose: verify a signature: %w", err)
	}
	return ok, nil
}

// verifyMAC compares in constant time (RFC 7518 section 3.2).
func (k *Key) verifyMAC(h guard.Hash, text, signature []byte) bool {
	mac := hmac.New(newHash(h), k.secret)
	mac.Write(text)
	return hmac.Equal(mac.Sum(nil), signature)
}

func newHash(h guard.Hash) func() hash.Hash {
	switch h {
	case guard.SHA384:
		return sha512.New384
	case guard.SHA512:
		return sha512.New
	default:
		return sha256.New
	}
}

func digestSize(h guard.Hash) int { return newHash(h)().Size() }

func digest(h guard.Hash, text []byte) []byte {
	d := newHash(h)()
	d.Write(text)
	return d.Sum(nil)
}
