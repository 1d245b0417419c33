package apikey

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"slices"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// maxCredential bounds what is hashed, in bytes. Keys of this project have 58
// to 88, those of others rarely more than 128.
const maxCredential = 512

// Identity is one api_key identity. It is immutable.
type Identity struct {
	name       string
	place      document.Path
	sources    []credential.Source
	prefix     string // empty: keys have no known form
	pepper     []byte // nil: digests are SHA-256
	index      []uint64
	keys       []key // sorted by digest; index holds the first 8 bytes of each
	forward    []forward
	forwardKey bool
	slow       *slowKeys  // nil: none has a bcrypt digest
	directory  *directory // nil: all keys are in the policy
}

// key is one key of a client.
type key struct {
	digest    [sha256.Size]byte
	id        string
	client    *client
	notBefore int64 // Unix nanoseconds; 0: from ever
	expires   int64 // Unix nanoseconds; 0: for ever
	expiry    *expiry
	metric    guard.Metric
}

// client is one holder of keys.
type client struct {
	caller    guard.Caller // without Key
	suspended bool
	values    []string // of Identity.forward, by index
	expiring  guard.Metric
}

// defaultSource serves a document that names none.
var defaultSource = credential.Source{Header: "x-api-key"}

// Name returns the identity's name in the policy.
func (i *Identity) Name() string { return i.name }

// Place returns where the policy says that the identity sets a header.
func (i *Identity) Place(header string) document.Path {
	return i.place.Key("forward").Key("headers").Key(header)
}

// Sources returns where the identity's keys can stand. The caller must not
// change it.
func (i *Identity) Sources() []credential.Source { return i.sources }

// Keeps tells whether a key goes upstream with its own caller's request.
func (i *Identity) Keeps() bool { return i.forwardKey }

// CallsOut tells whether the identity asks a directory.
func (i *Identity) CallsOut() bool { return i.directory != nil }

// Digest returns what the policy holds of a key: its HMAC-SHA-256 with the
// pepper, or its SHA-256 where pepper is nil.
func Digest(key, pepper []byte) [sha256.Size]byte {
	if pepper == nil {
		return sha256.Sum256(key)
	}
	return peppered(key, pepper)
}

// peppered is apart because its result moves to the heap.
func peppered(key, pepper []byte) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, pepper)
	mac.Write(key)
	mac.Sum(sum[:0])
	return sum
}

// lookup returns the key with a digest, or nil. How long the search takes tells
// at most the first bytes of a digest that nobody can choose a key for; the
// comparison that decides is constant in time.
func (i *Identity) lookup(digest [sha256.Size]byte) *key {
	first := binary.BigEndian.Uint64(digest[:])
	n, _ := slices.BinarySearch(i.index, first)
	for ; n < len(i.index) && i.index[n] == first; n++ {
		if subtle.ConstantTimeCompare(i.keys[n].digest[:], digest[:]) == 1 {
			return &i.keys[n]
		}
	}
	return nil
}

// usable tells whether the key may be used now.
func (k *key) usable(now int64) guard.Reason {
	switch {
	case k.client.suspended:
		return guard.ClientInactive
	case k.notBefore != 0 && now < k.notBefore:
		return guard.KeyNotYetValid
	case k.expires != 0 && now >= k.expires:
		return guard.KeyExpired
	}
	return guard.Allowed
}

// admit makes the key's client the caller. Its lists are shared by all requests
// and clipped: who appends to them gets a copy.
func (i *Identity) admit(k *key, r *guard.Request) {
	r.Caller = k.client.caller
	r.Caller.Key = k.id
	k.account(r)
	i.tell(k, &r.Upstream)
}
