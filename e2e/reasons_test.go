package e2e

import (
	"testing"

	"sallyport.dev/sallyport/internal/scenario"
	"sallyport.dev/sallyport/policy/guard"
)

// exempt are the reasons that no request can cause by what it holds, and the
// test that shows each of them.
var exempt = map[guard.Reason]string{
	guard.Allowed:          "is no denial",
	guard.Unjudged:         "a guard that decides nothing: TestFaults",
	guard.InternalError:    "a panic: TestFaults",
	guard.HostError:        "a proxy that refuses a call: package door",
	guard.LimitUnavailable: "shared data that does not answer: package limits",
	guard.BadHeader:        "a field that Envoy refuses itself: package hygiene",
}

// TestReasons shows that every reason occurs on Envoy: whoever adds one writes
// a scenario too.
func TestReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range load(t) {
		for _, step := range s.For(scenario.Envoy) {
			if !step.Want.Reported {
				seen[step.Want.Code] = true
			}
		}
	}
	for r := range guard.Reason(guard.Reasons) {
		why, isExempt := exempt[r]
		switch {
		case !seen[r.String()] && !isExempt:
			t.Errorf("no scenario is denied for %s", r)
		case seen[r.String()] && isExempt:
			t.Errorf("%s is exempt (%s) and occurs: remove the exemption", r, why)
		}
	}
}
