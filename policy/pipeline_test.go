package policy

import (
	"slices"
	"testing"
)

// scheduled is a policy of which every route needs other stops.
const scheduled = `{
	"version": 1, "host": {"headers_stop_iteration": true},
	"identities": {"k": {"api_key": {"clients": [{"id": "c", "scopes": ["s"], "keys": [{"id": "a", "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"}]}]}}},
	"limits": {
		"early": {"by": ["ip"], "token_bucket": {"capacity": 1, "refill_per_second": 1}, "before": "authentication"},
		"late": {"by": ["ip"], "token_bucket": {"capacity": 1, "refill_per_second": 1}}},
	"routes": [
		{"name": "bare", "path": "/bare", "public": true},
		{"name": "early", "path": "/early", "public": true, "limits": ["early"]},
		{"name": "late", "path": "/late", "public": true, "limits": ["late"]},
		{"name": "known", "path": "/known", "identities": ["k"]},
		{"name": "scoped", "path": "/scoped", "identities": ["k"], "scopes": ["s"]},
		{"name": "hook", "path": "/hook", "methods": ["POST"], "webhook": {"scheme": "github", "secrets": [{"value": "0123456789abcdef"}]}},
		{"name": "signed", "path": "/signed", "public": true, "sign": {"scheme": "github", "secret": {"value": "0123456789abcdef"}}},
		{"name": "old", "path": "/old", "public": true, "version": {"deprecated": "2025-01-01T00:00:00Z"}},
		{"name": "cors", "path": "/cors", "public": true, "cors": {"origins": ["https://a.example"]}},
		{"name": "csrf", "path": "/csrf", "public": true, "csrf": {"trusted_origins": ["own"]}}]}`

// TestSchedule: a route is asked all that it needs. A stop that is left out
// where it is needed lets every request by.
func TestSchedule(t *testing.T) {
	p, err := Compile([]byte(scheduled), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := stopNames(p.entrance), []string{"hygiene", "csrf tokens", "preflight", "routes"}; !slices.Equal(without(got), want) {
		t.Errorf("the entrance has %q, want %q", got, want)
	}
	want := map[string][]string{
		"bare": {}, "early": {"limits before authentication"}, "late": {"limits"}, "known": {"authenticate"},
		"scoped": {"authenticate", "authorize"}, "hook": {"authenticate"}, "signed": {"sign"}, "old": {"version", "callers of versions"},
		"cors": {}, "csrf": {},
	}
	for i := range p.rules {
		r := &p.rules[i]
		got := without(append(stopNames(r.stops), stopNames(r.settled)...), "cors", "csrf", "body")
		if !slices.Equal(got, want[r.name]) {
			t.Errorf("%s has %q, want %q", r.name, got, want[r.name])
		}
		// Set by a section of any route, for all of them.
		if all := append(stopNames(r.stops), stopNames(r.settled)...); !slices.Contains(all, "cors") || !slices.Contains(all, "csrf") || !slices.Contains(all, "body") {
			t.Errorf("%s is not asked for cors, csrf and the body: %q", r.name, all)
		}
	}
	if len(want) != len(p.rules) {
		t.Errorf("%d routes, want %d", len(p.rules), len(want))
	}
}

func stopNames(stops []stop) (names []string) {
	for _, s := range stops {
		names = append(names, s.name)
	}
	return names
}

// without leaves names out, and those of the module that tests break.
func without(names []string, out ...string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return n == "fault" || n == "faulty call" || slices.Contains(out, n) })
}
