package apikey

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"

	"github.com/dchest/siphash"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// DefaultCacheEntries is how many keys a Cache remembers when it is not told.
const DefaultCacheEntries = 4096

// Cache remembers the keys of the policy that were found, so that a known key is
// not hashed again; keys of a directory stand in its memory, which ends with the
// answer. It belongs to one worker and one policy, and holds successes alone:
// what an attacker sends cannot push anything out. It is not safe for use by
// several goroutines at once. A nil *Cache remembers nothing.
//
// Least recently used, and not two generations: moving an entry that is hit
// allocates nothing, and a generation that ends would forget all at once.
type Cache struct {
	k0, k1   uint64
	entries  *simplelru.LRU[cacheKey, cacheEntry]
	memories map[*Identity]*memory
}

// cacheKey binds an entry to one identity: a key that A knows is no answer for
// B. The hash is keyed with a secret seed, so that nobody can look for keys
// that meet in it, or learn from the map's timing how a remembered key begins.
type cacheKey struct {
	identity *Identity
	hash     uint64
}

type cacheEntry struct {
	raw []byte
	key *key
}

// NewCache returns a cache of at most so many entries; DefaultCacheEntries when
// that is less than one. seed is 16 random bytes.
func NewCache(entries int, seed [16]byte) *Cache {
	if entries < 1 {
		entries = DefaultCacheEntries
	}
	lru, err := simplelru.NewLRU[cacheKey, cacheEntry](entries, nil)
	if err != nil {
		return nil // only for a size below one; without a cache every key is hashed
	}
	return &Cache{k0: binary.LittleEndian.Uint64(seed[:8]), k1: binary.LittleEndian.Uint64(seed[8:]), entries: lru,
		memories: map[*Identity]*memory{}}
}

// get returns the key that was remembered for raw, or nil. It allocates nothing.
func (c *Cache) get(i *Identity, raw []byte) *key {
	if c == nil {
		return nil
	}
	e, ok := c.entries.Get(cacheKey{i, siphash.Hash(c.k0, c.k1, raw)})
	if !ok || subtle.ConstantTimeCompare(e.raw, raw) != 1 {
		return nil
	}
	return e.key
}

// put remembers a copy of raw.
func (c *Cache) put(i *Identity, raw []byte, k *key) {
	if c != nil {
		c.entries.Add(cacheKey{i, siphash.Hash(c.k0, c.k1, raw)}, cacheEntry{bytes.Clone(raw), k})
	}
}
