package limits_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/limits"
)

// TestManualRequests sends each series that the manual shows through the limits
// of the policy that stands before it.
func TestManualRequests(t *testing.T) {
	policies, series := manual.Blocks(t, "limits", "json"), manual.Blocks(t, "limits", "requests")
	if len(policies) != 2 || len(series) != 2 {
		t.Fatalf("%d policies, %d series", len(policies), len(series))
	}
	for i := range policies {
		wantManual(t, policies[i], series[i])
	}
}

func wantManual(t *testing.T, policy, series string) {
	t.Helper()
	d, err := document.Parse([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	var p document.Problems
	s := limits.Compile(d.Limits, &p)
	b := &bench{t: t, world: guardtest.New("192.0.2.1"), store: newStore()}
	b.before, b.after = s.Guard(d.Routes[0], captures(), "routes[0]", &p)
	s.Unused(&p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	plans := map[string]string{}
	for _, c := range d.Identities["partners"].APIKey.Clients {
		plans[c.ID] = c.Plan
	}
	rows := 0
	for line := range strings.Lines(series) {
		columns := strings.Fields(line)
		if len(columns) < 5 {
			t.Fatalf("no five columns in %q", line)
		}
		rows++
		after, err := time.ParseDuration(columns[0])
		if err != nil {
			t.Fatal(err)
		}
		b.now = start + int64(after)
		v, r := b.send(method(columns[2]), func(r *guard.Request) {
			r.Caller = guard.Caller{Identity: "partners", Client: columns[1], Plan: plans[columns[1]]}
		})
		got := v.Reason.String() + " " + response(t, r, "ratelimit")
		if v.RetryAfter > 0 {
			got += " " + strconv.Itoa(int((v.RetryAfter+time.Second-1)/time.Second))
		}
		if want := strings.Join(columns[3:], " "); got != want {
			t.Errorf("%s: got %s", strings.TrimSpace(line), got)
		}
	}
	if rows < 9 {
		t.Errorf("only %d rows were found", rows)
	}
}
