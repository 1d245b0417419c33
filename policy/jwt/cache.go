package jwt

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/dchest/siphash"

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
// bytes, its bucket included.
const entryOverhead = 768

// known is what is remembered of a verified token. It is not changed when it
// was made, but for its place in the cache.
type known struct {
	identity *Identity
	raw      string
	keys     *jose.Set // that verified it
	fetched  documents // of the identity
	validity validity
	id       string // claim jti
	claims   *claims.Set
	cnf      bound.Confirmation
	bearer   bool // neither revoked nor bound: whoever shows it is its caller
	caller   guard.Caller
	headers  guard.Edits // for the upstream
	size     int

	hash         uint64
	next         *known // in its bucket
	newer, older *known // by when it was used last
}

// cache remembers verified tokens, the last used ones, within bounds of number
// and size. What an attacker sends cannot push anything out: only successes are
// put into it. It is not safe for use by several goroutines at once.
//
// A token is bound to one identity: what one has verified says nothing to
// another. The hash is keyed with a secret seed: whoever does not have the token
// cannot find another text that meets it, so that the comparison behind it
// tells nobody how a remembered token begins, and no bucket can be filled on
// purpose.
type cache struct {
	k0, k1  uint64
	buckets []*known // by the low bits of the hash: the first in each
	ring    known    // older than the oldest and newer than the newest
	count   int
	bytes   int

	mostCount, mostBytes int
}

func newCache(entries, bytes int, seed [16]byte) *cache {
	c := &cache{k0: binary.LittleEndian.Uint64(seed[:8]), k1: binary.LittleEndian.Uint64(seed[8:]), mostCount: max(1, entries), mostBytes: bytes}
	c.buckets = make([]*known, 1<<bits.Len(uint(c.mostCount/4))) // when it is full, two to four in each
	c.ring.newer, c.ring.older = &c.ring, &c.ring
	return c
}

func (c *cache) hash(raw string) uint64 {
	return siphash.Hash(c.k0, c.k1, unsafe.Slice(unsafe.StringData(raw), len(raw)))
}

// bucket returns where the entries begin that share the low bits of a hash.
func (c *cache) bucket(hash uint64) **known { return &c.buckets[hash&uint64(len(c.buckets)-1)] }

// find returns the entry of a hash that one of some identities has verified,
// whether or not it still holds.
func (c *cache) find(ids []*Identity, hash uint64) *known {
	e := *c.bucket(hash)
	for e != nil && (e.hash != hash || !slices.Contains(ids, e.identity)) {
		e = e.next
	}
	return e
}

// touch makes an entry the one that was used last.
func (c *cache) touch(e *known) {
	if e != c.ring.older {
		e.newer.older, e.older.newer = e.older, e.newer
		c.use(e)
	}
}

// put remembers a verified token, whose hash is that of its text.
func (c *cache) put(e *known, hash uint64) {
	if e.size > c.mostBytes {
		return
	}
	if old := c.find([]*Identity{e.identity}, hash); old != nil {
		c.remove(old)
	}
	c.add(e, hash)
	for c.count > c.mostCount || c.bytes > c.mostBytes {
		c.remove(c.ring.newer)
	}
}

func (c *cache) add(e *known, hash uint64) {
	first := c.bucket(hash)
	e.hash, e.next, *first = hash, *first, e
	c.use(e)
	c.count++
	c.bytes += e.size
}

// use makes an entry the last used one.
func (c *cache) use(e *known) {
	e.newer, e.older = &c.ring, c.ring.older
	e.older.newer, c.ring.older = e, e
}

func (c *cache) remove(e *known) {
	at := c.bucket(e.hash)
	for *at != e {
		at = &(*at).next
	}
	*at = e.next
	e.newer.older, e.older.newer = e.older, e.newer
	c.count--
	c.bytes -= e.size
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
