package jwt_test

import (
	"regexp"
	"testing"
	"time"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// TestManual: the whole policy of the page lets its token in, and a remembered
// one through all guards without an allocation.
func TestManual(t *testing.T) {
	p, err := policy.Compile([]byte(manual.Blocks(t, "jwt", "json")[0]), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	token := regexp.MustCompile(`(?m)^TOKEN=(\S+)$`).FindStringSubmatch(manual.Page(t, "jwt"))
	if token == nil {
		t.Fatal("the page shows no token")
	}
	in := policy.NewInstance(p, "manual", policy.Seeds{})
	w := guardtest.New("192.0.2.1")
	r := &guard.Request{}
	headers := []guard.Header{{Name: "authorization", Value: "Bearer " + token[1]}}
	judge := func() {
		r.Reset()
		r.Method, r.Scheme, r.Authority, r.Target, r.World = "GET", "https", "api.example.com", "/orders/17", w
		r.Now = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
		r.Headers = append(r.Headers, headers...)
		if d := in.Judge(r); !d.Verdict.Allows() {
			t.Fatal(d.Verdict.Reason)
		}
	}
	for range 3 {
		judge()
	}
	if n := testing.AllocsPerRun(100, judge); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	removed := false
	for _, e := range r.Upstream {
		removed = removed || e.Op == guard.Remove && e.Name == "authorization"
	}
	if !removed || r.Caller.Client != "alice" || len(r.Caller.Roles) != 2 {
		t.Errorf("caller %+v, edits %v", r.Caller, r.Upstream)
	}
}
