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
	a, id := t.Header.Algorithm, t.Header.KeyID
	if !allowed.Has(a) {
		return nil, ErrAlgorithm
	}
	if s == nil {
		return nil, ErrUnknownKey
	}
	tried, named := 0, s.Names(id)
	for _, k := range s.keys {
		if !k.meant(id, named) || !k.algorithms.Has(a) || tried == maxTried {
			continue
		}
		tried++
		err := k.Verify(c, t, allowed)
		if err == nil {
			return k, nil
		}
		if !errors.Is(err, ErrSignature) {
			return nil, err
		}
	}
	switch {
	case tried > 0:
		return nil, ErrSignature
	case named:
		return nil, fmt.Errorf("%w by the key that the token names", ErrAlgorithm)
	default:
		return nil, ErrUnknownKey
	}
}

// Names tells whether a key has the kid. None has an empty one.
func (s *Set) Names(id string) bool {
	if id == "" {
		return false
	}
	for _, k := range s.keys {
		if k.id == id {
			return true
		}
	}
	return false
}

// meant tells whether a token with the kid may mean the key. named: some key has
// it.
func (k *Key) meant(id string, named bool) bool {
	if named {
		return k.id == id
	}
	return id == "" || k.id == ""
}

// Verify checks the token's signature with this key, whatever kid the token
// names. The errors are those of Set.Verify.
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

// verify asks whoever verifies the algorithm, which is one of the key's.
func (k *Key) verify(c guard.Crypto, a Algorithm, text, signature []byte) (bool, error) {
	switch {
	case k.rsa != nil:
		return k.verifyRSA(c, a, text, signature)
	case k.curve != nil:
		return k.verifyEC(c, a, text, signature)
	case k.edwards != nil:
		return ed25519.Verify(k.edwards, text, signature), nil
	case k.secret != nil:
		return k.verifyMAC(a.hash(), text, signature), nil
	default:
		return false, nil
	}
}

// verifyRSA takes no signature that is shorter or longer than its key (RFC 8017
// sections 8.1.2 and 8.2.2).
func (k *Key) verifyRSA(c guard.Crypto, a Algorithm, text, signature []byte) (bool, error) {
	if len(signature) != len(k.rsa.modulus) {
		return false, nil
	}
	if a >= PS256 {
		return k.verifyPSS(a.hash(), text, signature), nil
	}
	ok, err := k.ask(c, a.hash(), signature, text)
	if err == nil {
		return ok, nil
	}
	if errors.Is(err, guard.ErrNoVerifier) {
		return k.verifyPKCS1(a.hash(), text, signature), nil
	}
	return false, unanswered(err)
}

func (k *Key) verifyEC(c guard.Crypto, a Algorithm, text, signature []byte) (bool, error) {
	der, ok := k.curve.signature(signature)
	if !ok {
		return false, nil
	}
	ok, err := k.ask(c, a.hash(), der, text)
	if err == nil {
		return ok, nil
	}
	if errors.Is(err, guard.ErrNoVerifier) {
		return k.verifyECDSA(a.hash(), text, der)
	}
	return false, unanswered(err)
}

// ask asks the proxy. No answer but true without an error is one.
func (k *Key) ask(c guard.Crypto, h guard.Hash, signature, text []byte) (bool, error) {
	if c == nil {
		return false, guard.ErrNoVerifier
	}
	return c.VerifySignature(h, k.spki, signature, text)
}

func unanswered(err error) error { return fmt.Errorf("jose: verify a signature: %w", err) }

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
