package e2e

import (
	"testing"

	"sallyport.dev/sallyport/internal/scenario"
	"sallyport.dev/sallyport/policy/guard"
)

// TestReasons shows that every reason occurs on Envoy, in a scenario or where a
// fault is asked for: whoever adds one writes a scenario too.
func TestReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range append(load(t), faults(t)) {
		for _, step := range s.For(scenario.Envoy) {
			if !step.Want.Reported {
				seen[step.Want.Code] = true
			}
		}
	}
	for r := range guard.Reason(guard.Reasons) {
		if r.Denies() && !seen[r.String()] {
			t.Errorf("no scenario is denied for %s", r)
		}
	}
}
