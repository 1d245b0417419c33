package door_test

import (
	"errors"
	"testing"
	"time"

	"sallyport.dev/sallyport/internal/scenario"
)

const slowly = `{"version": 1,
	"limits": {"work": {"by": ["ip"], "token_bucket": {"capacity": 10, "refill_per_second": 1}, "cost": {"default": 1, "response_header": "x-cost", "max": 10}}},
	"routes": [{"name": "all", "path": "/**", "public": true, "limits": ["work"]}]}`

// costs is an upstream's answer that says what it has cost.
func costs(n string) scenario.Upstream {
	return scenario.Upstream{Status: 200, Headers: []scenario.Header{{Name: "x-cost", Value: n}}}
}

// wantTold checks RateLimit, and that x-cost does not leave.
func wantTold(t *testing.T, r scenario.Result, want string) {
	t.Helper()
	if told := scenario.Values(r.Headers, "ratelimit"); r.Status != 200 || len(told) != 1 || told[0] != want {
		t.Errorf("status %d, RateLimit %q, want %q", r.Status, told, want)
	}
	if len(scenario.Values(r.Headers, "x-cost")) != 0 {
		t.Error("x-cost leaves")
	}
}

// TestAResponseIsSettledAtItsOwnTime: what has come back since the request began
// can be charged.
func TestAResponseIsSettledAtItsOwnTime(t *testing.T) {
	p := newProxy(t, slowly)
	slow := p.Begin(get("/"))
	for range 9 {
		if r := do(t, p, get("/")); r.Status != 200 {
			t.Fatalf("status %d", r.Status)
		}
	}
	if r := do(t, p, get("/")); r.Status != 429 {
		t.Fatalf("an empty bucket gives %d", r.Status)
	}
	p.Host.Time += int64(5 * time.Second)
	wantTold(t, slow.Finish(costs("10")), `"work";r=0;t=1`)
	if r := do(t, p, get("/")); r.Status != 429 {
		t.Errorf("the five tokens since then were not charged: status %d", r.Status)
	}
}

// TestAResponseWhoseTimeIsNotKnown is not settled, and goes out.
func TestAResponseWhoseTimeIsNotKnown(t *testing.T) {
	p := newProxy(t, slowly)
	f := p.Begin(get("/"))
	p.Host.Fail = func(call string) error {
		if call == "Now" {
			return errors.New("no clock")
		}
		return nil
	}
	wantTold(t, f.Finish(costs("5")), `"work";r=9;t=1`)
}
