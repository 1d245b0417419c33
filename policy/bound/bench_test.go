package bound_test

import (
	"strconv"
	"testing"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// BenchmarkProof is a proof that passes, without its signature, which the proxy
// checks.
func BenchmarkProof(b *testing.B) {
	s, g := newSigner(b, 7), compile(b, settings(nil))
	w := newWorker(guardtest.NewShared())
	w.world.Verify = func(guard.Hash, []byte, []byte, []byte) (bool, error) { return true, nil }
	shown := bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(b)}
	requests := make([]*guard.Request, 10_000)
	for i := range requests {
		requests[i] = w.request(s.proof(b, set{"jti": strconv.Itoa(i)}))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%len(requests) == 0 {
			w.world.Shared = guardtest.NewShared()
		}
		if v := g.Check(requests[i%len(requests)], shown, w.state); !v.Allows() {
			b.Fatal(v.Reason)
		}
	}
}
