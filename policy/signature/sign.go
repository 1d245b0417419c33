package signature

import (
	"crypto/ed25519"
	"encoding/hex"

	"sallyport.dev/sallyport/policy/guard"
)

// MaxHeaders is how many headers a signature has at most: timestamp, id and
// signature.
const MaxHeaders = 3

// idSize is the random bytes of an id.
const idSize = 16

// NewID writes an id of random bytes, of which there are idSize. They are drawn
// where the second half of the id will stand, so that nothing is allocated.
func NewID(dst []byte, world guard.World) ([]byte, error) {
	dst = append(dst, "msg_"...)
	start := len(dst)
	var room [2 * idSize]byte
	dst = append(dst, room[:]...)
	random := dst[start+idSize:]
	if err := world.Random(random); err != nil {
		return dst, err
	}
	hex.Encode(dst[start:], random)
	return dst, nil
}

// Sign returns the signature of Ed25519 over a text; nothing for a key that signs
// nothing.
func (k *Key) Sign(text []byte) []byte {
	if len(k.private) != ed25519.PrivateKeySize {
		return nil
	}
	return ed25519.Sign(k.private, text)
}

// Sum returns the signature over a whole text.
func (s *Scheme) Sum(k *Key, text []byte) []byte {
	if k.Asymmetric() {
		return k.Sign(text)
	}
	mac := k.MAC(s.SignedBy(k).Algorithm)
	if mac == nil {
		return nil
	}
	mac.Write(text)
	return mac.Sum(nil)
}

// SignedBy is the way in which a key of the scheme signs.
func (s *Scheme) SignedBy(k *Key) *Way {
	v := &s.Variants[0]
	return &v.Ways[max(k.Way(v), 0)]
}

// Headers returns the headers that carry a signature, in the first variant of the
// scheme.
func (s *Scheme) Headers(room *guard.Scratch, k *Key, m *Message, sum []byte) (list [MaxHeaders]guard.Header, n int) {
	v, w := &s.Variants[0], s.SignedBy(k)
	add := func(name string, value []byte) {
		list[n] = guard.Header{Name: name, Value: room.Keep(value)}
		n++
	}
	if v.ID != "" {
		add(v.ID, append(room.Free(), m.ID...))
	}
	if v.Timestamp.Header != "" && v.Timestamp.Header != v.Signature {
		add(v.Timestamp.Header, append(append(room.Free(), v.Timestamp.Prefix...), m.Timestamp...))
	}
	b := room.Free()
	if v.Timestamp.Header == v.Signature {
		b = append(append(append(b, v.Timestamp.Prefix...), m.Timestamp...), v.Separator)
	}
	add(v.Signature, w.Encoding.append(append(b, w.Prefix...), sum))
	return list, n
}
