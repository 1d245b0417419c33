package jose

import (
	"errors"
	"fmt"
)

// The bounds of a key set.
const (
	maxSet  = 512 << 10
	maxKeys = 200
	maxKey  = 64 << 10 // room for a chain of certificates, which is not read
)

// Set is keys that verify tokens. It does not change. The zero value knows no
// key.
type Set struct {
	keys    []*Key
	refused []error
}

var errAmbiguous = errors.New("two keys have this kid and the same algorithm; which of them a token names cannot be known")

// ParseSet reads a JSON Web Key Set (RFC 7517 section 5) in strict JSON.
//
// A key for another purpose, or of a kind, curve or algorithm that is not known,
// is passed over. Refused, and named by Refused, is a key that nobody should
// publish or trust: one with members of a private key, a secret, an RSA key that
// is weak, a point that is not on its curve, a member that is malformed, and all
// keys that share a kid and an algorithm, unless they are one key that is there
// twice. The others serve. A set of which no key is left is ErrSet, so that it
// never stands in for one that served.
func ParseSet(json []byte) (*Set, error) {
	if len(json) > maxSet {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrSet, maxSet)
	}
	texts, err := readSet(json)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSet, err)
	}
	s := &Set{}
	for i, text := range texts {
		if err := s.addJWK(text); err != nil {
			s.refused = append(s.refused, fmt.Errorf("%w: keys[%d]: %w", ErrKey, i, err))
		}
	}
	s.dropAmbiguous()
	return s.used()
}

// readSet returns the keys of a set as they are written.
func readSet(json []byte) ([][]byte, error) {
	var texts [][]byte
	found := false
	m := newMembers(json)
	for m.next() {
		if m.name != "keys" {
			m.skip()
			continue
		}
		found = true
		for m.open('['); m.more(); {
			if len(texts) == maxKeys {
				return nil, fmt.Errorf("more than %d keys", maxKeys)
			}
			texts = append(texts, m.object())
		}
	}
	if err := m.end(); err != nil {
		return nil, err
	}
	if !found {
		return nil, errors.New("no member keys")
	}
	return texts, nil
}

// addJWK adds a key, unless it is for another purpose.
func (s *Set) addJWK(text []byte) error {
	if len(text) > maxKey {
		return fmt.Errorf("longer than %d bytes", maxKey)
	}
	k, err := parseJWK(text)
	if err == errForeign {
		return nil
	}
	if err != nil {
		return err
	}
	s.add(k)
	return nil
}

// add adds a key, or widens the same one that is there already.
func (s *Set) add(k *Key) {
	for _, other := range s.keys {
		if other.id == k.id && other.thumbprint == k.thumbprint {
			other.algorithms |= k.algorithms
			return
		}
	}
	s.keys = append(s.keys, k)
}

// dropAmbiguous refuses keys of one kid and one algorithm.
func (s *Set) dropAmbiguous() {
	var kept []*Key
	for _, k := range s.keys {
		if s.ambiguous(k) {
			s.refused = append(s.refused, fmt.Errorf("%w: kid %q: %w", ErrKey, k.id, errAmbiguous))
		} else {
			kept = append(kept, k)
		}
	}
	s.keys = kept
}

func (s *Set) ambiguous(k *Key) bool {
	for _, other := range s.keys {
		if other != k && k.id != "" && other.id == k.id && other.algorithms&k.algorithms != 0 {
			return true
		}
	}
	return false
}

// used returns the set if it has a key.
func (s *Set) used() (*Set, error) {
	if len(s.keys) > 0 {
		return s, nil
	}
	err := fmt.Errorf("%w: no key in it verifies signatures of a known algorithm", ErrSet)
	return nil, errors.Join(append([]error{err}, s.refused...)...)
}

// Keys returns the keys of the set.
func (s *Set) Keys() []*Key { return append([]*Key(nil), s.keys...) }

// Refused returns an ErrKey for each key that was left out because nobody should
// publish or trust it. They name its place and what is wrong, and nothing of it.
func (s *Set) Refused() []error { return append([]error(nil), s.refused...) }

// Algorithms is what any of the keys may verify.
func (s *Set) Algorithms() Algorithms {
	var all Algorithms
	for _, k := range s.keys {
		all |= k.algorithms
	}
	return all
}
