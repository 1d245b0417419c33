package apikey_test

import (
	"fmt"
	"testing"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// many returns a section with n clients of one key each, and the keys.
func many(t testing.TB, n int) (document.APIKey, []string) {
	d := document.APIKey{
		Prefix: "sk_live_", From: []document.Source{{Header: "x-api-key"}, {Query: "api_key"}},
		Forward: &document.APIKeyForward{Headers: map[string]string{"x-client-id": "client", "x-tenant": "tenant"}},
	}
	keys := make([]string, n)
	source := rotating(1)
	for i := range n {
		// The n-th key is told apart by its creation time.
		key := newKeyAt(t, i, &source)
		keys[i] = key
		c := client(fmt.Sprintf("client-%d", i), digest(key))
		d.Clients = append(d.Clients, c)
	}
	return d, keys
}

// reuse makes r the request that it was, as the door does for the next stream.
func reuse(r *guard.Request, query string, h guard.Header) {
	r.Reset()
	r.Now, r.Query = now.UnixNano(), query
	r.Headers = append(r.Headers, guard.Header{Name: "accept", Value: "*/*"}, guard.Header{Name: "user-agent", Value: "curl"}, h)
}

func TestARememberedKeyAllocatesNothing(t *testing.T) {
	d, keys := many(t, 100)
	id := compile(t, "partners", d)
	g, strip, cache := apikey.NewRoute([]*apikey.Identity{id}, false), apikey.NewStrip([]*apikey.Identity{id}), apikey.NewCache(0, [16]byte{3})
	header := guard.Header{Name: "x-api-key", Value: keys[7]}
	absent := guard.Header{Name: "x-other", Value: "1"}
	r := &guard.Request{}
	for _, c := range []struct {
		name, query string
		header      guard.Header
		want        guard.Reason
	}{
		{"header", "a=1", header, guard.Allowed},
		{"query", "a=1&api_key=" + keys[7] + "&b=2", absent, guard.Allowed},
		{"escaped query", "a=1&api_ke%79=%73" + keys[7][1:], absent, guard.Allowed},
		{"absent", "a=1", absent, guard.CredentialMissing},
		{"malformed", "", guard.Header{Name: "x-api-key", Value: keys[7][1:]}, guard.KeyMalformed},
		{"duplicated", "api_key=x", header, guard.CredentialDuplicated},
	} {
		n := testing.AllocsPerRun(100, func() {
			reuse(r, c.query, c.header)
			if v := g.Check(r, cache); v.Reason != c.want {
				t.Fatalf("%s: %v", c.name, v.Reason)
			}
			strip.Apply(r)
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		d, keys := many(b, n)
		id := compile(b, "partners", d)
		g, strip := apikey.NewRoute([]*apikey.Identity{id}, false), apikey.NewStrip([]*apikey.Identity{id})
		run := func(name, key string, cache *apikey.Cache, want guard.Reason) {
			b.Run(fmt.Sprintf("%s/keys=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				r := &guard.Request{}
				for b.Loop() {
					reuse(r, "", guard.Header{Name: "x-api-key", Value: key})
					if v := g.Check(r, cache); v.Reason != want {
						b.Fatal(v.Reason)
					}
					strip.Apply(r)
				}
			})
		}
		source := rotating(99)
		run("remembered", keys[n/2], apikey.NewCache(0, [16]byte{}), guard.Allowed)
		run("hashed", keys[n/2], nil, guard.Allowed)
		run("unknown", newKeyAt(b, -1, &source), apikey.NewCache(0, [16]byte{}), guard.KeyUnknown)
		run("malformed", keys[0][1:], apikey.NewCache(0, [16]byte{}), guard.KeyMalformed)
	}
}

func BenchmarkCompile10000(b *testing.B) {
	d, _ := many(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		compile(b, "partners", d)
	}
}
