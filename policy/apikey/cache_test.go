package apikey

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"sallyport.dev/sallyport/policy/document"
)

func TestCacheIsBounded(t *testing.T) {
	c, id := NewCache(3, [16]byte{1}), &Identity{}
	for i := range 10 {
		c.put(id, fmt.Appendf(nil, "key-%d", i), &key{id: fmt.Sprint(i)})
	}
	if n := c.entries.Len(); n != 3 {
		t.Errorf("%d entries", n)
	}
	if c.get(id, []byte("key-9")) == nil || c.get(id, []byte("key-0")) != nil {
		t.Error("the newest is gone, or the oldest is not")
	}
}

// Two texts that meet in the hash are told apart by the comparison.
func TestCacheComparesTheText(t *testing.T) {
	c, id := NewCache(3, [16]byte{1}), &Identity{}
	raw := []byte("one")
	c.put(id, raw, &key{id: "1"})
	hash := c.entries.Keys()[0]
	c.entries.Add(hash, cacheEntry{[]byte("two"), &key{id: "2"}})
	if k := c.get(id, raw); k != nil {
		t.Errorf("%q was answered with key %s", raw, k.id)
	}
}

// A key of the policy is remembered when it may be used.
func TestCacheHoldsKeysThatMayBeUsed(t *testing.T) {
	for _, c := range []struct {
		name    string
		expires document.Time
		want    bool
	}{{"for ever", 0, true}, {"until later", document.Time(start) + 1, true}, {"until now", document.Time(start), false}} {
		sum := sha256.Sum256([]byte("one"))
		var p document.Problems
		i := Compile("i", document.APIKey{Clients: []document.Client{{ID: "a", Keys: []document.Key{
			{ID: "k", SHA256: hex.EncodeToString(sum[:]), Expires: c.expires}}}}}, "i", nil, &p)
		cache := NewCache(3, [16]byte{1})
		NewRoute([]*Identity{i}, false).Check(shownKey("one", start), cache)
		if got := cache.get(i, []byte("one")) != nil; got != c.want {
			t.Errorf("%s: remembered %t, want %t", c.name, got, c.want)
		}
	}
}

func TestCacheOfNoSizeAndNone(t *testing.T) {
	c := NewCache(-1, [16]byte{})
	for i := range DefaultCacheEntries + 1 {
		c.put(nil, fmt.Append(nil, i), &key{})
	}
	if n := c.entries.Len(); n != DefaultCacheEntries {
		t.Errorf("%d entries", n)
	}
	var none *Cache
	none.put(nil, []byte("x"), &key{})
	if none.get(nil, []byte("x")) != nil {
		t.Error("a nil cache remembers")
	}
}

// Digests that begin alike are found each by its whole.
func TestLookupOfDigestsThatBeginAlike(t *testing.T) {
	c := compiler{Identity: &Identity{}}
	for i := range byte(5) {
		k := key{id: string('a' + rune(i)), client: &client{}}
		k.digest[31] = 4 - i
		c.keys = append(c.keys, k)
	}
	c.sort()
	for i := range byte(5) {
		var digest [32]byte
		digest[31] = 4 - i
		if k := c.lookup(digest); k == nil || k.id != string('a'+rune(i)) {
			t.Errorf("digest %d: %v", i, k)
		}
	}
	if c.lookup([32]byte{31: 9}) != nil || c.lookup([32]byte{0: 1}) != nil || (&Identity{}).lookup([32]byte{}) != nil {
		t.Error("found what is not there")
	}
}
