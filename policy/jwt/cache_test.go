package jwt

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jose"
)

// TestCacheIsBounded holds a random life of a cache against its promises: never
// more entries or bytes than it may have, its own account of bytes true, and
// nothing returned but what was put for that identity, token and key set, while
// it is valid.
func TestCacheIsBounded(t *testing.T) {
	ids := []*Identity{{name: "a"}, {name: "b"}}
	sets := []*jose.Set{{}, {}}
	rapid.Check(t, func(t *rapid.T) {
		entries, bytes := rapid.IntRange(1, 8).Draw(t, "entries"), rapid.IntRange(1, 10_000).Draw(t, "bytes")
		c := newCache(entries, bytes, [16]byte{3})
		put := map[*known]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				e := &known{
					identity: rapid.SampledFrom(ids).Draw(t, "identity"), raw: raws().Draw(t, "token"), keys: rapid.SampledFrom(sets).Draw(t, "keys"),
					validity: validity{rapid.Int64Range(0, 5).Draw(t, "from"), rapid.Int64Range(5, 10).Draw(t, "until")},
				}
				e.size = rapid.IntRange(1, 6000).Draw(t, "size")
				c.keep(e)
				put[e] = true
				if e.size <= bytes && c.get(e.identity, e.raw, e.keys, 5) != e && e.validity.until > 5 {
					t.Fatal("what was put last is not there")
				}
			},
			"get": func(t *rapid.T) {
				id, raw, keys := rapid.SampledFrom(ids).Draw(t, "identity"), raws().Draw(t, "token"), rapid.SampledFrom(sets).Draw(t, "keys")
				now := rapid.Int64Range(0, 11).Draw(t, "now")
				e := c.get(id, raw, keys, now)
				if e != nil && (!put[e] || e.identity != id || e.raw != raw || e.keys != keys || now < e.validity.from || now >= e.validity.until) {
					t.Fatalf("%+v for %s, %q at %d", e, id.name, raw, now)
				}
			},
			"": func(t *rapid.T) {
				total, count := 0, 0
				for _, e := range c.all() {
					total, count = total+e.size, count+1
				}
				if total != c.bytes || count != c.count || total > bytes || count > entries {
					t.Fatalf("%d entries of %d bytes, it says %d of %d; the bounds are %d and %d", count, total, c.count, c.bytes, entries, bytes)
				}
			},
		})
	})
}

// keep remembers a token.
func (c *cache) keep(e *known) { c.put(e, c.hash(e.raw)) }

// get asks for a token of an identity that has those keys now.
func (c *cache) get(id *Identity, raw string, keys *jose.Set, now int64) *known {
	is := *id
	id.keys = keys
	defer func() { *id = is }()
	return (&State{cache: c}).remembered([]*Identity{id}, raw, c.hash(raw), &guard.Request{Now: now})
}

// all returns what a cache remembers, as it stands in the buckets.
func (c *cache) all() (list []*known) {
	for _, e := range c.buckets {
		for ; e != nil; e = e.next {
			list = append(list, e)
		}
	}
	return list
}

// TestOrder holds a random life of a cache against the library's: both remember
// the same tokens, in the same order of use.
func TestOrder(t *testing.T) {
	id, keys := &Identity{}, &jose.Set{}
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.IntRange(1, 8).Draw(t, "entries")
		c := newCache(entries, 1000, [16]byte{3})
		want, err := simplelru.NewLRU[string, *known](entries, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				e := &known{identity: id, raw: raws().Draw(t, "token"), keys: keys, validity: validity{0, 10}, size: 1}
				c.keep(e)
				want.Add(e.raw, e)
			},
			"get": func(t *rapid.T) {
				raw := raws().Draw(t, "token")
				e, _ := want.Get(raw)
				if got := c.get(id, raw, keys, 5); got != e {
					t.Fatalf("%v for %q, want %v", got, raw, e)
				}
			},
			"expire": func(t *rapid.T) {
				raw := raws().Draw(t, "token")
				if c.get(id, raw, keys, 10) != nil {
					t.Fatalf("%q has not expired", raw)
				}
				want.Remove(raw)
			},
			"": func(t *rapid.T) {
				var forth, back []*known
				for e := c.ring.newer; e != &c.ring; e = e.newer {
					forth = append(forth, e)
				}
				for e := c.ring.older; e != &c.ring; e = e.older {
					back = append(back, e)
				}
				slices.Reverse(back)
				if !slices.Equal(forth, want.Values()) || !slices.Equal(back, forth) || len(c.all()) != len(forth) {
					t.Fatalf("%v and %v, want %v", forth, back, want.Values())
				}
			},
		})
	})
}

func raws() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"t", "u", "tt", "v", "w", "x", "y", "z", "aa", "bb"})
}

// TestRoom: so many tokens of usual size are remembered at once, as the manual
// says.
func TestRoom(t *testing.T) {
	w := newWorker(t, inline())
	id, keys := &Identity{}, &jose.Set{}
	set, err := claims.Parse([]byte(`{"iss":"https://auth.example.com","sub":"user-1","aud":["api.example.com"],"exp":1900000000,"iat":1764000000,"nbf":1764000000,
		"jti":"0e0e3a54-39b6-4a6e-9d3a-1c1b1d6f2a11","client_id":"client-1","scope":"openid profile items:read items:write"}`), claimBounds)
	if err != nil {
		t.Fatal(err)
	}
	const count = 20_000
	for i := range count {
		e := &known{identity: id, raw: fmt.Sprintf("%0850d", i), keys: keys, validity: validity{0, 10}, claims: set}
		e.weigh()
		w.state.cache.keep(e)
	}
	for i := range count {
		if w.state.cache.get(id, fmt.Sprintf("%0850d", i), keys, 5) == nil {
			t.Fatalf("token %d of %d is forgotten", i, count)
		}
	}
}

// TestCollisions: a token whose hash meets that of another is not it.
func TestCollisions(t *testing.T) {
	c := newCache(4, 1000, [16]byte{})
	id, keys := &Identity{}, &jose.Set{}
	e := &known{identity: id, raw: "t", keys: keys, validity: validity{0, 10}, size: 1}
	c.add(e, c.hash("u"))
	if c.get(id, "u", keys, 5) != nil {
		t.Error("another token's entry")
	}
	if c.get(&Identity{}, "u", keys, 5) != nil || c.get(id, "t", keys, 5) != nil || c.get(id, "", keys, 5) != nil {
		t.Error("an entry for nothing")
	}
	if c.keep(&known{identity: id, raw: "t", validity: validity{0, 10}, size: 1}); c.get(id, "t", nil, 5) != nil {
		t.Error("an entry without keys")
	}
}

// TestSizes: what a token takes is counted, and one that is larger than all is
// not remembered.
func TestSizes(t *testing.T) {
	w := newWorker(t, inline(`"forward": {"payload": "x-p", "claims": {"x-a": "a"}}`))
	for _, n := range []int{0, 1000, 5000} {
		text := token(`"a": "` + strings.Repeat("a", n) + `"`)
		before := w.state.cache.bytes
		if _, v := w.ask(text); !v.Allows() {
			t.Fatal(v.Reason)
		}
		if got := w.state.cache.bytes - before; got < len(text)+3*n {
			t.Errorf("a token of %d bytes, with a claim of %d that is told twice, counts as %d", len(text), n, got)
		}
	}
	small := newCache(4, 100, [16]byte{})
	small.keep(&known{raw: "t", size: 100})
	if small.keep(&known{raw: "u", size: 101}); small.count != 1 || small.bytes != 100 {
		t.Error("a token that is larger than all is remembered, or has pushed others out")
	}
}

// TestDenialsAreForgotten: only what was accepted is remembered.
func TestDenialsAreForgotten(t *testing.T) {
	w := newWorker(t, inline(`"revocation": {"jti": ["1"]}`))
	for _, text := range []string{token(`"jti": "1"`), token(`"jti": "2"`, `"aud": "x"`), token(), "x", sign("b", `{"alg": "EdDSA"}`, claimsWith())} {
		if _, v := w.ask(text); v.Allows() {
			t.Error("accepted")
		}
	}
	if n := w.state.cache.count; n != 0 {
		t.Errorf("%d denials are remembered", n)
	}
}
