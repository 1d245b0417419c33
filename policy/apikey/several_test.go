package apikey_test

import (
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Several identities on one route: one key counts once, and the first that has
// it decides.
func TestSeveralIdentitiesReadOnePlace(t *testing.T) {
	shared, onlyB, inNone := newKey(t, 1), newKey(t, 2), newKey(t, 3)
	foreign := "0123456789abcdef"
	expired := client("a-acme", digest(shared))
	expired.Keys[0].Expires = document.Time(now.Add(time.Hour).UnixNano())
	a := compile(t, "a", document.APIKey{Prefix: "sk_live_", Clients: []document.Client{expired}})
	b := compile(t, "b", document.APIKey{Pepper: &document.Secret{Value: pepper}, Clients: []document.Client{
		client("b-acme", peppered(shared), peppered(onlyB), peppered(foreign)),
	}})
	later := now.Add(2 * time.Hour)
	for _, c := range []struct {
		name, key string
		ids       []*apikey.Identity
		at        time.Time
		client    string
		want      guard.Reason
	}{
		{"the first that has the key", shared, []*apikey.Identity{a, b}, now, "a-acme", guard.Allowed},
		{"the route's order", shared, []*apikey.Identity{b, a}, now, "b-acme", guard.Allowed},
		{"it decides that the key expired", shared, []*apikey.Identity{a, b}, later, "", guard.KeyExpired},
		{"unknown to the first", onlyB, []*apikey.Identity{a, b}, now, "b-acme", guard.Allowed},
		{"malformed for the first", foreign, []*apikey.Identity{a, b}, now, "b-acme", guard.Allowed},
		{"unknown to both", inNone, []*apikey.Identity{a, b}, now, "", guard.KeyUnknown},
		{"malformed for one, unknown to the other", "nonsense", []*apikey.Identity{a, b}, now, "", guard.KeyUnknown},
		{"the same in the other order", "nonsense", []*apikey.Identity{b, a}, now, "", guard.KeyUnknown},
		{"malformed for all", "nonsense", []*apikey.Identity{a, a}, now, "", guard.KeyMalformed},
		{"an identity of another route does not count", onlyB, []*apikey.Identity{a}, now, "", guard.KeyUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, cache := apikey.NewRoute(c.ids, false), apikey.NewCache(8, [16]byte{})
			for range 2 { // found, then remembered
				r := request("", "x-api-key: "+c.key)
				r.Now = c.at.UnixNano()
				if v := g.Check(r, cache); c.want != guard.Allowed {
					mustDeny(t, r, v, c.want)
				} else if mustAllow(t, r, v, c.client, r.Caller.Key); r.Caller.Identity != c.client[:1] {
					t.Errorf("identity %q", r.Caller.Identity)
				}
			}
		})
	}
}

// A key that one identity knows, remembered, is no answer for another.
func TestTheCacheIsBoundToTheIdentity(t *testing.T) {
	key := newKey(t, 1)
	a := compile(t, "a", document.APIKey{Clients: []document.Client{client("acme", digest(key))}})
	b := compile(t, "b", document.APIKey{Clients: []document.Client{client("bolt", digest(newKey(t, 2)))}})
	cache := apikey.NewCache(8, [16]byte{})
	r := request("", "x-api-key: "+key)
	mustAllow(t, r, apikey.NewRoute([]*apikey.Identity{a}, false).Check(r, cache), "acme", "a")
	r = request("", "x-api-key: "+key)
	mustDeny(t, r, apikey.NewRoute([]*apikey.Identity{b}, false).Check(r, cache), guard.KeyUnknown)
}

// One identity reads Authorization as it stands, another behind a scheme: a
// field is one credential, whoever reads it.
func TestAHeaderReadWithAndWithoutScheme(t *testing.T) {
	plain := compile(t, "plain", document.APIKey{From: []document.Source{{Header: "authorization"}}, Clients: []document.Client{client("p", digest("secret"))}})
	scheme := compile(t, "scheme", document.APIKey{From: []document.Source{{Header: "authorization", Scheme: "Key"}}, Clients: []document.Client{client("s", digest("secret"))}})
	g := apikey.NewRoute([]*apikey.Identity{plain, scheme}, false)
	for value, want := range map[string]string{"secret": "p", "Key secret": "s"} {
		r := request("", "authorization: "+value)
		mustAllow(t, r, g.Check(r, nil), want, "a")
	}
	r := request("")
	if v := g.Check(r, nil); v.Challenge != `ApiKey realm="sallyport", key realm="sallyport"` {
		t.Errorf("challenge %q", v.Challenge)
	}
}

// What the cache holds must not stand in the memory of the request, which the
// next stream uses again.
func TestTheCacheCopiesWhatItKeeps(t *testing.T) {
	key, other := newKey(t, 1), newKey(t, 2)
	id := compile(t, "a", document.APIKey{From: []document.Source{{Query: "k"}}, Clients: []document.Client{client("acme", digest(key))}})
	g, cache := apikey.NewRoute([]*apikey.Identity{id}, false), apikey.NewCache(8, [16]byte{})
	r := request("k=%73" + key[1:])
	mustAllow(t, r, g.Check(r, cache), "acme", "a")
	r.Reset()
	r.Now, r.Query = now.UnixNano(), "k=%73"+other[1:]
	mustDeny(t, r, g.Check(r, cache), guard.KeyUnknown)
	r.Reset()
	r.Now, r.Query = now.UnixNano(), "k="+key
	mustAllow(t, r, g.Check(r, cache), "acme", "a")
}
