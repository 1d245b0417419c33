package policy_test

import (
	"testing"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
)

// TestReportedPreflight: a refused preflight goes upstream where the route that it
// asks about only reports, but not past the credentials that the route of OPTIONS
// asks for.
func TestReportedPreflight(t *testing.T) {
	const tried = `"cors": {"origins": ["https://app.example.com"]}, "mode": "report"`
	for name, c := range map[string]struct {
		own     string // the route that takes OPTIONS
		outcome policy.Outcome
		route   int
	}{
		"OPTIONS has a route that enforces": {`{"name": "own", "path": "/a", "identities": ["partners"]}`, policy.Denied, 1},
		"that one reports too":              {`{"name": "own", "path": "/a", "identities": ["partners"], "mode": "report"}`, policy.Reported, 0},
		"OPTIONS has none":                  {`{"name": "own", "path": "/b", "identities": ["partners"]}`, policy.Reported, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := policy.Compile([]byte(`{"version": 1, "identities": {"partners": {"api_key": {"clients": [{"id": "acme", "keys": [{"id": "a", "sha256": "`+
				digest("k")+`"}]}]}}}, "routes": [{"name": "tried", "path": "/a", "methods": ["GET"], "public": true, `+tried+`}, `+c.own+`]}`), noEnv)
			if err != nil {
				t.Fatal(err)
			}
			r := request("/a", "origin", "https://evil.example", "access-control-request-method", "GET")
			r.Method = "OPTIONS"
			d := policy.NewInstance(p, "test", policy.Seeds{}).Judge(r)
			if d.Outcome != c.outcome || d.Verdict.Reason != guard.PreflightDenied || d.Route != c.route {
				t.Errorf("%v, %v, route %d", d.Outcome, d.Verdict.Reason, d.Route)
			}
		})
	}
}
