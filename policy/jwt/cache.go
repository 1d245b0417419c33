package jwt

import (
	"encoding/binary"
	"unsafe"

	"github.com/dchest/siphash"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jose"
)

// The bounds of what one worker remembers, for all identities together: room for
// 20,000 tokens of usual size. A collection of so many stops the worker for 30 ms,
// once in 15,000 tokens that are new.
const (
	cacheEntries = 32 << 10
	cacheBytes   = 48 << 20
)

// entryOverhead is about what an entry takes beside its texts and claims, in
// bytes: the entry, its place in the list and the map.
const entryOverhead = 768

// known is what is remembered of a verified token. It is not changed when it
// was made.
type known struct {
	identity *Identity
	raw      string
	keys     *jose.Set // that verified it
	validity validity
	id       string // claim jti
	claims   *claims.Set
	cnf      bound.Confirmation
	caller   guard.Caller
	headers  guard.Edits // for the upstream
	size     int
}

// cache remembers verified tokens, the last used ones, within bounds of number
// and size. What an attacker sends cannot push anything out: only successes are
// put into it. It is not safe for use by several goroutines at once.
type cache struct {
	k0, k1  uint64
	entries *simplelru.LRU[cacheKey, *known]
	bytes   int
	most    int
}

// cacheKey binds a token to one identity: what one has verified says nothing to
// another. The hash is keyed with a secret seed: whoever does not have the token
// cannot find another text that meets it, so that the comparison behind it
// tells nobody how a remembered token begins.
type cacheKey struct {
	identity *Identity
	hash     uint64
}

func newCache(entries, bytes int, seed [16]byte) *cache {
	c := &cache{k0: binary.LittleEndian.Uint64(seed[:8]), k1: binary.LittleEndian.Uint64(seed[8:]), most: bytes}
	lru, err := simplelru.NewLRU(max(1, entries), func(_ cacheKey, e *known) { c.bytes -= e.size })
	if err != nil {
		return nil // only for a size below one; without a cache every token is verified
	}
	c.entries = lru
	return c
}

func (c *cache) key(id *Identity, raw string) cacheKey {
	return cacheKey{id, siphash.Hash(c.k0, c.k1, unsafe.Slice(unsafe.StringData(raw), len(raw)))}
}

// get returns what is known of a token, if it still holds: it has not expired,
// and keys, those of now, are the ones that verified it. It allocates nothing.
func (c *cache) get(id *Identity, raw string, keys *jose.Set, now int64) *known {
	if c == nil || keys == nil || raw == "" {
		return nil
	}
	key := c.key(id, raw)
	e, ok := c.entries.Get(key)
	if !ok || e.raw != raw {
		return nil
	}
	if e.keys != keys || e.validity.at(now) != guard.Allowed {
		c.entries.Remove(key) // it is verified anew, or refused with its reason
		return nil
	}
	return e
}

// put remembers a verified token.
func (c *cache) put(e *known) {
	if c == nil || e.size > c.most {
		return
	}
	key := c.key(e.identity, e.raw)
	c.entries.Remove(key) // Add would replace it without a word to the callback
	c.entries.Add(key, e)
	for c.bytes += e.size; c.bytes > c.most; {
		c.entries.RemoveOldest()
	}
}

// weigh sets the size of an entry.
func (e *known) weigh() {
	e.size = entryOverhead + len(e.raw) + e.claims.Size()
	for _, h := range e.headers {
		e.size += len(h.Name) + len(h.Value)
	}
	for _, list := range [][]string{e.caller.Scopes, e.caller.Roles} {
		for _, text := range list {
			e.size += len(text) + 16
		}
	}
}
