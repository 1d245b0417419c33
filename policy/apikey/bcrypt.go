package apikey

import (
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"slices"

	//lint:ignore SA1019 bcrypt is made of Blowfish and of nothing else
	"golang.org/x/crypto/blowfish"

	"sallyport.dev/sallyport/policy/document"
)

const (
	// bcryptLongest is how many bytes of a key bcrypt looks at. A longer key
	// would be as good as all that begin as it does.
	bcryptLongest = 72
	// candidatesMost bounds the digests that one shown key is checked against.
	candidatesMost = 8

	bcryptLength = 60
	costLeast    = 4
	costMost     = 12 // 270 ms in the VM
)

// bcryptDigits is base64 with the digits in bcrypt's order.
var bcryptDigits = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// bcryptDigest is a digest of the forms $2a$, $2b$ and $2y$. They differ in how
// old programs took characters beyond ASCII and keys beyond 255 bytes, which no
// key here has.
type bcryptDigest struct {
	cost int
	salt [16]byte
	sum  [23]byte
}

// parseBcrypt reads a digest such as $2b$10$, 22 digits of salt, 31 of sum.
func parseBcrypt(text string) (d bcryptDigest, ok bool) {
	if len(text) != bcryptLength || text[:2] != "$2" || text[3] != '$' || text[6] != '$' || text[2] != 'a' && text[2] != 'b' && text[2] != 'y' {
		return d, false
	}
	d.cost = int(text[4]-'0')*10 + int(text[5]-'0')
	if text[4] > '9' || text[5] > '9' || d.cost < costLeast || d.cost > costMost {
		return d, false
	}
	n, err := bcryptDigits.Decode(d.salt[:], []byte(text[7:29]))
	m, errSum := bcryptDigits.Decode(d.sum[:], []byte(text[29:]))
	return d, err == nil && errSum == nil && n == len(d.salt) && m == len(d.sum)
}

// matches tells whether a key has the digest. It takes 2^cost rounds of the key
// schedule. x/crypto/bcrypt does the same, and is the oracle in tests; but it
// brings crypto/rand with it.
func (d *bcryptDigest) matches(raw []byte) bool {
	key := append(make([]byte, 0, bcryptLongest+1), raw...)
	key = append(key, 0) // bcrypt was made in C, and takes the end of the string too
	c, err := blowfish.NewSaltedCipher(key, d.salt[:])
	if err != nil {
		return false
	}
	for range 1 << d.cost {
		blowfish.ExpandKey(key, c)
		blowfish.ExpandKey(d.salt[:], c)
	}
	sum := []byte("OrpheanBeholderScryDoubt")
	for block := sum; len(block) > 0; block = block[blowfish.BlockSize:] {
		for range 64 {
			c.Encrypt(block, block)
		}
	}
	return subtle.ConstantTimeCompare(sum[:len(d.sum)], d.sum[:]) == 1
}

// slowKey is a key of which the policy has a bcrypt digest.
type slowKey struct {
	key
	bcrypt bcryptDigest
	at     document.Path
}

// slowKeys are the bcrypt keys of an identity by how they start. A nil
// *slowKeys is none.
type slowKeys struct {
	byStart map[string][]*slowKey
	starts  []int // the lengths of the starts, ascending
	count   int
	rate    int64 // checks of cost 10 in a second
}

// add takes a key that starts with a text; "" is any start.
func (s *slowKeys) add(k *slowKey, start string) {
	s.byStart[start] = append(s.byStart[start], k)
	s.count++
	if n, found := slices.BinarySearch(s.starts, len(start)); !found {
		s.starts = slices.Insert(s.starts, n, len(start))
	}
}

// candidates returns the keys that a text may be, in an order that is always
// the same.
func (s *slowKeys) candidates(text string) (list []*slowKey) {
	if s == nil || len(text) > bcryptLongest {
		return nil
	}
	for _, n := range s.starts {
		if n <= len(text) {
			list = append(list, s.byStart[text[:n]]...)
		}
	}
	return list
}

// addBcrypt takes a key whose digest is bcrypt's.
func (c *compiler) addBcrypt(k key, d *document.Key, at document.Path) {
	digest, ok := parseBcrypt(d.Bcrypt)
	if !ok {
		c.p.Add(at.Key("bcrypt"), "is no bcrypt digest", "write "+document.Forms["bcrypt"].Words)
		return
	}
	if c.prefix != "" && d.StartsWith == "" {
		c.p.Add(at, "has no starts_with beside the identity's prefix", "write how the key begins: else whatever is no key of that prefix would be checked against the digest")
	}
	if c.slow == nil {
		c.slow = &slowKeys{byStart: map[string][]*slowKey{}}
	}
	for _, other := range c.slow.byStart[d.StartsWith] {
		if other.bcrypt == digest {
			c.p.Add(at.Key("bcrypt"), "is the digest of "+string(other.at.Key("bcrypt"))+" too", "give every client a key of its own")
		}
	}
	c.slow.add(&slowKey{key: k, bcrypt: digest, at: at}, d.StartsWith)
}

// finishBcrypt sets how often a worker may check, and makes sure that no text
// must be checked against many digests.
func (c *compiler) finishBcrypt(rate int) {
	if c.slow == nil {
		return
	}
	c.slow.rate = int64(max(rate, 1))
	for _, start := range slices.Sorted(maps.Keys(c.slow.byStart)) {
		if len(c.slow.candidates(start)) > candidatesMost {
			c.p.Addf(c.slow.byStart[start][0].at, "is one of too many bcrypt digests that one key must be checked against", "write other or longer starts_with, at most %d for any beginning, or replace some by keys of sallyport key new", candidatesMost)
		}
	}
}
