package apikey

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// vectors are those of jBCrypt, of crypt_blowfish, and of Apache's htpasswd.
var vectors = []struct{ key, digest string }{
	{"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"},
	{"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"},
	{"abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"},
	{"~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO"},
	{"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	{"allmine", "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga"},
}

func TestBcryptVectors(t *testing.T) {
	for _, v := range vectors {
		for _, form := range []string{"$2a$", "$2b$", "$2y$"} {
			d, ok := parseBcrypt(form + v.digest[4:])
			if !ok || !d.matches([]byte(v.key)) {
				t.Errorf("%q does not match its digest %s%s", v.key, form, v.digest[4:])
			}
			if d.matches([]byte(v.key + "x")) {
				t.Errorf("another key matches the digest of %q", v.key)
			}
		}
	}
}

// x/crypto/bcrypt is the oracle: of every key of 1 to 72 bytes, and of one that
// differs from it in one byte.
func TestBcryptAgreesWithOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.ByteRange('!', '~'), 1, bcryptLongest).Draw(t, "key")
		text, err := bcrypt.GenerateFromPassword(key, bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := parseBcrypt(string(text))
		if !ok || !d.matches(key) {
			t.Fatalf("%q does not match %s", key, text)
		}
		other := append([]byte(nil), key...)
		other[rapid.IntRange(0, len(key)-1).Draw(t, "place")] ^= 1
		if got, want := d.matches(other), bcrypt.CompareHashAndPassword(text, other) == nil; got != want {
			t.Fatalf("%q against %s: %t, want %t", other, text, got, want)
		}
	})
}

func TestParseBcryptRefuses(t *testing.T) {
	sound := vectors[0].digest
	if _, ok := parseBcrypt(sound); !ok {
		t.Fatal("a sound digest is refused")
	}
	for _, text := range []string{
		"", sound[:59], sound + "x", "$2x$" + sound[4:], "$2$" + sound[4:] + "x", "$1a$" + sound[4:], "$2a$03$" + sound[7:], "$2a$13$" + sound[7:],
		"$2a$99$" + sound[7:], "$2a$:6$" + sound[7:], "$2a$6$" + sound[7:] + "x", "$2a$-6$" + sound[7:], sound[:20] + "=" + sound[21:], sound[:40] + "\n" + sound[41:], sound[:59] + "-",
		strings.Repeat("$", 60),
	} {
		if _, ok := parseBcrypt(text); ok {
			t.Errorf("%q is taken", text)
		}
		if document.Forms["bcrypt"].Matches(text) {
			t.Errorf("the document takes %q", text)
		}
	}
}

// foreign returns an identity with keys of another system. Each text is a key;
// what stands before its first '_' is its start.
func foreign(t testing.TB, prefix string, texts ...string) *Identity {
	t.Helper()
	d := document.APIKey{Prefix: prefix, BcryptRate: 1}
	for _, text := range texts {
		digest, err := bcrypt.GenerateFromPassword([]byte(text), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		start, _, _ := strings.Cut(text, "_")
		k := document.Key{ID: text, Bcrypt: string(digest), StartsWith: start}
		d.Clients = append(d.Clients, document.Client{ID: "of " + text, Keys: []document.Key{k}})
	}
	var p document.Problems
	i := Compile("i", d, "i", nil, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return i
}

const start = int64(1_800_000_000_000_000_000)

func shownKey(text string, now int64) *guard.Request {
	return &guard.Request{Now: now, Headers: []guard.Header{{Name: "x-api-key", Value: text}}}
}

func TestForeignKeys(t *testing.T) {
	long := "long_" + strings.Repeat("a", 67)
	for _, c := range []struct {
		name, prefix, shown string
		want                guard.Reason
	}{
		{"the key", "", "old_1", guard.Allowed},
		{"another of the same start", "", "old_2", guard.Allowed},
		{"of 72 bytes", "", long, guard.Allowed},
		{"beside a prefix", "sk_", "old_1", guard.Allowed},
		{"wrong", "", "old_3", guard.KeyUnknown},
		{"wrong, beside a prefix", "sk_", "old_3", guard.KeyUnknown},
		{"only the start", "", "old", guard.KeyUnknown},
		{"of no start", "", "new_1", guard.KeyUnknown},
		{"of no start, beside a prefix", "sk_", "new_1", guard.KeyMalformed},
		{"of 73 bytes that begin as a key", "", long + "a", guard.KeyUnknown},
		{"of 73 bytes, beside a prefix", "sk_", long + "a", guard.KeyMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := foreign(t, c.prefix, "old_1", "old_2", long)
			g, cache := NewRoute([]*Identity{i}, false), NewCache(8, [16]byte{1})
			for range 3 {
				r := shownKey(c.shown, start)
				if v := g.Check(r, cache); v.Reason != c.want {
					t.Fatalf("verdict %v, want %v", v.Reason, c.want)
				}
				if want := map[bool]string{true: "of " + c.shown}[c.want == guard.Allowed]; r.Caller.Client != want {
					t.Errorf("the caller is %q, want %q", r.Caller.Client, want)
				}
			}
		})
	}
}

// paid is how much work was done since start, in checks of cost 4.
func paid(c *Cache, i *Identity) int64 {
	const work = int64(time.Second) >> bcryptUnit << 4
	return max(c.memory(i).checks.paid-start, 0) / work
}

// Every text costs each check once, whether it is a key or not.
func TestChecksAreNotRepeated(t *testing.T) {
	expired := foreign(t, "", "old_1", "old_2", "old_3")
	for _, k := range expired.slow.byStart["old"] {
		k.expires = start
	}
	for _, c := range []struct {
		name  string
		i     *Identity
		shown string
		want  guard.Reason
		cost  int64
	}{
		{"the first key", foreign(t, "", "old_1", "old_2", "old_3"), "old_1", guard.Allowed, 1},
		{"the last key", foreign(t, "", "old_1", "old_2", "old_3"), "old_3", guard.Allowed, 3},
		{"an expired key", expired, "old_3", guard.KeyExpired, 3},
		{"no key", foreign(t, "", "old_1", "old_2", "old_3"), "old_4", guard.KeyUnknown, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, cache := NewRoute([]*Identity{c.i}, false), NewCache(1, [16]byte{1})
			for n := range 5 {
				if v := g.Check(shownKey(c.shown, start), cache); v.Reason != c.want {
					t.Fatalf("request %d: %v, want %v", n, v.Reason, c.want)
				}
				cache.put(c.i, []byte("another"), &key{}) // pushes the key out of the cache
			}
			if got := paid(cache, c.i); got != c.cost {
				t.Errorf("%d checks, want %d", got, c.cost)
			}
		})
	}
}

// A worker that has checked too much says so, and goes on with the next digest
// when it may again: also a key with many candidates is found in the end.
func TestChecksGoOnWhereTheyEnded(t *testing.T) {
	var texts []string
	for n := range candidatesMost {
		texts = append(texts, fmt.Sprintf("old_%d", n))
	}
	i := foreign(t, "", texts...)
	for _, k := range i.slow.byStart["old"] {
		k.bcrypt.cost = costMost // for the account; the last one is corrected
	}
	last := i.slow.byStart["old"][candidatesMost-1]
	last.bcrypt.cost = 4
	g, cache := NewRoute([]*Identity{i}, false), NewCache(8, [16]byte{1})
	now, busy := start, 0
	for range 2 * candidatesMost {
		v := g.Check(shownKey("old_7", now), cache)
		if v.Allows() {
			break
		}
		if v.Reason != guard.KeyCheckBusy || v.RetryAfter <= 0 || v.RetryAfter > 4*time.Second {
			t.Fatalf("%v, again in %v", v.Reason, v.RetryAfter)
		}
		busy++
		now += int64(v.RetryAfter)
	}
	if busy != candidatesMost-1 {
		t.Errorf("refused as busy %d times before it was found, want %d", busy, candidatesMost-1)
	}
	if v := g.Check(shownKey("old_nobody", now), cache); v.Reason != guard.KeyCheckBusy {
		t.Errorf("another text gives %v", v.Reason)
	}
	if v := g.Check(shownKey("old_7", now), cache); !v.Allows() {
		t.Errorf("while it is busy a known key gives %v", v.Reason)
	}
}

// In any time the work is within the burst and the rate, whatever is asked.
func TestChecksAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, rate := newChecks(), rapid.Int64Range(1, 10).Draw(t, "rate")
		unit := int64(time.Second) / rate
		now, from, work := start, start, int64(0)
		for range rapid.IntRange(1, 100).Draw(t, "requests") {
			now += rapid.Int64Range(0, 3*unit).Draw(t, "later")
			cost := rapid.IntRange(costLeast, costMost).Draw(t, "cost")
			wait := c.spend(rate, cost, now)
			if wait == 0 {
				work += unit >> bcryptUnit << cost
			}
			if most := (bcryptAhead+4)*unit + now - from; work > most {
				t.Fatalf("%d of work in %d, want %d at most", work, now-from, most)
			}
			if wait < 0 || int64(wait) > 4*unit {
				t.Fatalf("to wait %v", wait)
			}
			if wait > 0 && c.spend(rate, cost, now+int64(wait)) != 0 {
				t.Fatal("after the time it was told to wait it is busy still")
			} else if wait > 0 {
				now, work = now+int64(wait), work+unit>>bcryptUnit<<cost
			}
		}
	})
}

func TestChecksOutliveAClockThatIsSetBack(t *testing.T) {
	c := newChecks()
	if c.spend(1, costMost, start) != 0 || c.spend(1, costMost, start) == 0 {
		t.Fatal("the second check of an idle worker is not the one that is too much")
	}
	if wait := c.spend(1, costMost, start-int64(time.Hour)); wait != 0 {
		t.Errorf("after the clock was set back: wait %v", wait)
	}
}

// What costs a worker nothing pushes nothing out of what it has paid for.
func TestTextsThatWereNotCheckedAreNotRemembered(t *testing.T) {
	c, s := newChecks(), foreign(t, "", "old_1").slow
	for n := range 10 {
		c.find(s, fmt.Sprintf("old_x%d", n), fmt.Appendf(nil, "old_x%d", n), start)
	}
	c.paid = start + 4*int64(time.Second)
	for n := range 2 * wrongMost {
		c.find(s, fmt.Sprintf("old_y%d", n), fmt.Appendf(nil, "old_y%d", n), start)
	}
	if got := c.wrong.Len(); got != 10 {
		t.Errorf("%d texts are remembered, want those that were checked", got)
	}
}

func TestBcryptProblems(t *testing.T) {
	digest := vectors[0].digest
	keys := func(n int, start string) (c []document.Client) {
		for i := range n {
			salted := digest[:7] + string(rune('a'+i)) + digest[8:]
			c = append(c, document.Client{ID: fmt.Sprint(start, i), Keys: []document.Key{{ID: "k", Bcrypt: salted, StartsWith: start}}})
		}
		return c
	}
	for _, c := range []struct {
		name, prefix string
		clients      []document.Client
		want         string
	}{
		{"eight of any start", "", keys(8, ""), ""},
		{"nine of any start", "", keys(9, ""), "i.clients[0].keys[0] is one of too many bcrypt digests that one key must be checked against"},
		{"nine of one start", "", keys(9, "a"), "i.clients[0].keys[0] is one of too many bcrypt digests"},
		{"nine with those of shorter starts", "", append(keys(5, "a"), keys(4, "ab")...), "i.clients[5].keys[0] is one of too many"},
		{"many of different starts", "", append(append(keys(8, "a"), keys(8, "b")...), keys(8, "c")...), ""},
		{"no start beside a prefix", "sk_", keys(1, ""), "i.clients[0].keys[0] has no starts_with beside the identity's prefix"},
		{"one digest twice", "", []document.Client{keys(1, "a")[0], {ID: "b", Keys: keys(1, "a")[0].Keys}}, "i.clients[1].keys[0].bcrypt is the digest of i.clients[0].keys[0].bcrypt too"},
		{"no digest", "", []document.Client{{ID: "a", Keys: []document.Key{{ID: "k", Bcrypt: "hunter2"}}}}, "i.clients[0].keys[0].bcrypt is no bcrypt digest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			Compile("i", document.APIKey{Prefix: c.prefix, Clients: c.clients}, "i", nil, &p)
			err := p.Err()
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2")):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
