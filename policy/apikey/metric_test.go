package apikey_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// counting asks with each key in turn and returns what was counted, by name.
func counting(t *testing.T, d document.APIKey, fields ...string) map[string]int {
	t.Helper()
	id := compile(t, "partners", d)
	var m guard.Metrics
	id.Register(&m)
	g, cache, world := apikey.NewRoute([]*apikey.Identity{id}, true), apikey.NewCache(8, [16]byte{}), guardtest.New("192.0.2.1")
	for _, f := range fields {
		r := request("", f)
		r.World = world
		g.Check(r, cache)
	}
	counted := map[string]int{}
	for n, times := range world.Counted {
		counted[m.Names()[n-1]] = times
	}
	return counted
}

func TestEachKeyIsCounted(t *testing.T) {
	first, second, late := newKey(t, 1), newKey(t, 2), newKey(t, 3)
	acme, closed := client("acme", digest(first), digest(second)), client("closed", digest(late))
	acme.Keys[1].Expires = document.Time(now.UnixNano() + int64(day))
	closed.Status = "suspended"
	got := counting(t, document.APIKey{ExpiryWarning: 14 * day, Clients: []document.Client{acme, closed}},
		"x-api-key: "+first, "x-api-key: "+second, "x-api-key: "+first, // the second time it is remembered
		"x-api-key: "+late, "x-api-key: "+newKey(t, 4), "x-api-key:", "x-api-key: "+first+","+first, "accept: a/b")
	want := map[string]int{
		"sallyport.keys.identity.partners.client.acme.key.a":    2,
		"sallyport.keys.identity.partners.client.acme.key.b":    1,
		"sallyport.keys_expiring.identity.partners.client.acme": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("counted %v\nwant    %v", got, want)
	}
}

// Ids are free text; the names of counters are not, and no two keys share one.
func TestNamesOfCounters(t *testing.T) {
	long := strings.Repeat("a", 64)
	names := []string{"plain-Name_1", "a.b", "a_b", "a b", "é", "", long, long + "a", long + "b", "Acme, Ltd"}
	holder := client("c")
	for i, name := range names {
		holder.Keys = append(holder.Keys, document.Key{ID: name, SHA256: digest(string(rune('a' + i)))})
	}
	other := client("c.")
	other.Keys = []document.Key{{ID: "k", SHA256: digest("other")}}
	var p document.Problems
	var m guard.Metrics
	apikey.Compile("partners", document.APIKey{Clients: []document.Client{holder, other}}, "i", secret, &p).Register(&m)

	const before = "sallyport.keys.identity.partners.client.c.key."
	want := []string{
		before + "plain-Name_1", before + "a_b-" + digest("a.b")[:8], before + "a_b", before + "a_b-" + digest("a b")[:8],
		before + "__-" + digest("é")[:8], before, before + long, before + long[:55] + "-" + digest(long + "a")[:8],
		before + long[:55] + "-" + digest(long + "b")[:8], before + "Acme__Ltd-" + digest("Acme, Ltd")[:8],
		"sallyport.keys.identity.partners.client.c_-" + digest("c.")[:8] + ".key.k",
	}
	got := slices.Sorted(slices.Values(m.Names()))
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A key that is moved away from bcrypt is counted like any other: that is how
// its owner sees that it can go.
func TestBcryptKeysAreCounted(t *testing.T) {
	acme := client("acme", digest("next"))
	acme.Keys = append(acme.Keys, document.Key{ID: "old", Bcrypt: "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga",
		StartsWith: "all", Expires: document.Time(now.UnixNano() + int64(day))})
	got := counting(t, document.APIKey{ExpiryWarning: 14 * day, Clients: []document.Client{acme}},
		"x-api-key: allmine", "x-api-key: allmine", "x-api-key: allyours", "x-api-key: next")
	want := map[string]int{
		"sallyport.keys.identity.partners.client.acme.key.old":  2,
		"sallyport.keys.identity.partners.client.acme.key.a":    1,
		"sallyport.keys_expiring.identity.partners.client.acme": 2,
	}
	if !maps.Equal(got, want) {
		t.Errorf("counted %v\nwant    %v", got, want)
	}
}

// No request, and no key that may never be warned of, makes a counter.
func TestCountersAreBoundedByThePolicy(t *testing.T) {
	id, _ := ending(t, 0, day)
	var m guard.Metrics
	if id.Register(&m); len(m.Names()) != 1 {
		t.Errorf("%q for one key without a warning", m.Names())
	}
}
