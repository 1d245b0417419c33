package webhook_test

import (
	"runtime"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// TestManyAtOnce: requests that were open at once, for which no secret is needed,
// leave little behind.
func TestManyAtOnce(t *testing.T) {
	rc := newReceiver(t, policyOf(`"scheme": "custom", "signed": "{header.x-a}.{body}"`, secret), guardtest.NewShared())
	long := strings.Repeat("a", 14000)
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	open := make([]guard.Request, 3000)
	for i := range open {
		r := &open[i]
		r.Reset()
		r.Method, r.Scheme, r.Authority, r.Target, r.World, r.Now = "POST", "https", "api.example.com", "/hook", rc.world, now
		r.Headers = []guard.Header{{Name: "x-webhook-signature", Value: "sha256=" + strings.Repeat("a", 64)}, {Name: "x-a", Value: long}}
		if d := rc.in.Judge(r); d.Outcome != policy.Pending {
			t.Fatal(d.Verdict.Reason)
		}
	}
	for i := range open {
		if err := rc.in.Ended(&open[i]); err != nil {
			t.Fatal(err)
		}
	}
	n := int64(len(open))
	open = nil
	if kept := (heap() - before) / n; kept > 3000 {
		t.Errorf("%d bytes are kept of each", kept)
	}
	runtime.KeepAlive(rc)
}
