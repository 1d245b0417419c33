package main

import (
	"strings"
	"testing"
)

func TestCheckWarnsOfPlansThatNoLimitKnows(t *testing.T) {
	client := strings.Replace(sound, `"id": "acme",`, `"id": "acme", "plan": "glod",`, 1)
	for _, c := range []struct{ name, text, want string }{
		{"no limit has plans", client, ""},
		{"a limit has others", withPlan(client, "gold"), `-:5:40: warning: identities.partners.api_key.clients[0].plan is "glod", which no limit names: the client has what callers without a plan have: write one of gold, or name it`},
		{"a limit has it", withPlan(client, "glod"), ""},
		{"a client without a plan", withPlan(sound, "gold"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sallyport(t, c.text, peppered, "check", "-")
			r.has(t, 0, ": ok (", c.want)
			if c.want == "" && strings.Contains(r.err, "warning") {
				t.Errorf("warned: %s", r.err)
			}
		})
	}
}

func withPlan(text, plan string) string {
	return strings.Replace(text, `"by": ["client"],`, `"by": ["client"], "plans": {"`+plan+`": {"capacity": 9, "refill_per_second": 1}},`, 1)
}
