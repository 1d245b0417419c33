package limits

import (
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// A Check that waits for the proxy is overtaken by another of the same Store:
// neither finds the other's key, address or charges.
func TestChecksOfOneStoreCanOverlap(t *testing.T) {
	def := document.Limit{By: []string{"client", "ip"}, Cost: document.Cost{Default: 1}, TokenBucket: &document.TokenBucket{Capacity: 1, RefillPerSecond: 0.001}}
	var p document.Problems
	_, g := Compile(map[string]document.Limit{"l": def, "m": def}, &p).Guard(document.Route{Name: "r", Identities: []string{"i"}, Limits: []document.RouteLimit{{Name: "l"}, {Name: "m"}}}, nil, "routes[0]", &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	st, shared := NewStore([16]byte{}, "test"), guardtest.NewShared()
	ask := func(client, addr string, meanwhile func()) guard.Reason {
		w := guardtest.New(addr)
		w.Shared = shared
		w.Before = func(call, _ string) error {
			if call == guardtest.Address && meanwhile != nil {
				meanwhile()
			}
			return nil
		}
		return g.Check(&guard.Request{Method: "GET", Now: int64(start), World: w, Caller: guard.Caller{Identity: "i", Client: client}}, st).Reason
	}
	second := guard.Unjudged
	if first := ask("a", "192.0.2.1", func() { second = ask("b", "198.51.100.7", nil) }); first != guard.Allowed || second != guard.Allowed {
		t.Fatalf("got %v and %v", first, second)
	}
	for client, addr := range map[string]string{"a": "192.0.2.1", "b": "198.51.100.7"} {
		if again := ask(client, addr, nil); again != guard.RateLimited {
			t.Errorf("%s: its bucket was not the one that was charged: %v", client, again)
		}
		if other := ask(client, "203.0.113.9", nil); other != guard.Allowed {
			t.Errorf("%s: another address's bucket was charged: %v", client, other)
		}
	}
}

func TestAStoreKeepsFewChecks(t *testing.T) {
	st := NewStore([16]byte{}, "test")
	all := make([]*check, 3*mostIdle)
	for i := range all {
		all[i] = st.begin()
	}
	for _, c := range all {
		c.charges = append(c.charges, charge{key: "of a request"})
		c.done()
	}
	kept := 0
	for c := st.free; c != nil; c = c.next {
		if kept++; len(c.charges) != 0 || c.charges[:1][0] != (charge{}) || c.addr.IsValid() {
			t.Fatalf("something of a request stays: %+v", c)
		}
	}
	if kept != mostIdle || st.idle != mostIdle {
		t.Errorf("%d are kept, and counted as %d", kept, st.idle)
	}
}
