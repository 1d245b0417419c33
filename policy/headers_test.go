package policy_test

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

const withNonce = `"headers": {"response": {"preset": "web", "content_security_policy": {"script-src": ["'nonce'"]},
	"content_security_policy_nonce": {"request_header": "x-csp-nonce"}}, "request": {"remove": ["x-internal-*"]}},`

// told is what the upstream finds under a name.
func told(r *guard.Request, name string) (values []string) {
	for _, e := range r.Upstream {
		if e.Name == name && e.Op != guard.Remove {
			values = append(values, e.Value)
		}
	}
	return values
}

// Every request that goes upstream is told the nonce of its response, also one
// that would have been denied, and nobody's own.
func TestNonceGoesUpstream(t *testing.T) {
	for name, c := range map[string]struct {
		policy, target string
		outcome        policy.Outcome
	}{
		"allowed":                             {withNonce, "/health", policy.Allowed},
		"reported by a route":                 {withNonce, "/trial", policy.Reported},
		"reported before the route was known": {withNonce + `"mode": "report",`, "/%2e%2e%2f", policy.Reported},
		"denied":                              {withNonce, "/strict", policy.Denied},
		"denied before the route was known":   {withNonce, "/nowhere", policy.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			json := string(text(c.policy))
			if strings.Contains(c.policy, `"report"`) { // then no route may enforce
				json = strings.Replace(json, `"mode": "enforce"`, `"mode": "report"`, 1)
			}
			compiled, err := policy.Compile([]byte(json), noEnv)
			if err != nil {
				t.Fatal(err)
			}
			in, r := policy.NewInstance(compiled, "test", policy.Seeds{}), request(c.target, "x-csp-nonce", "chosen", "x-internal-a", "b")
			if d := in.Judge(r); d.Outcome != c.outcome {
				t.Fatalf("outcome %v, reason %v", d.Outcome, d.Verdict.Reason)
			}
			if got := told(r, "x-csp-nonce"); c.outcome.Forwards() && (len(got) != 1 || got[0] != r.Nonce) {
				t.Errorf("the upstream is told %q", got)
			}
			r.Forget()
			if err := in.Harden(r); err != nil {
				t.Fatal(err)
			}
			csp := r.Hardening[0].Value
			if r.Nonce == "" || csp != "script-src 'nonce-"+r.Nonce+"'" {
				t.Errorf("nonce %q, policy %q", r.Nonce, csp)
			}
		})
	}
}

func TestNonceIsTold(t *testing.T) {
	in := instance(t, withNonce)
	r := request("/trial", "x-csp-nonce", "chosen", "x_csp_nonce", "chosen", "x-internal-a", "b")
	in.Judge(r)
	if got := told(r, "x-csp-nonce"); len(got) != 1 || got[0] != r.Nonce || r.Nonce == "chosen" {
		t.Errorf("the upstream is told %q, the response says %q", got, r.Nonce)
	}
	removed := map[string]bool{}
	for _, e := range r.Upstream {
		removed[e.Name] = removed[e.Name] || e.Op == guard.Remove
	}
	if !removed["x-csp-nonce"] || !removed["x_csp_nonce"] || !removed["x-internal-a"] {
		t.Errorf("removed %v", removed)
	}
}

// Without randomness nothing goes upstream, in report mode neither, and no
// response leaves.
func TestNonceNeedsRandomness(t *testing.T) {
	in := instance(t, withNonce)
	for _, target := range []string{"/health", "/trial"} {
		r := request(target)
		r.World.(*guardtest.World).Before = func(call, _ string) error {
			if call == guardtest.Random {
				return guard.ErrNoAnswer
			}
			return nil
		}
		if d := in.Judge(r); d.Outcome != policy.Denied || d.Verdict.Reason != guard.HostError || len(told(r, "x-csp-nonce")) != 0 {
			t.Errorf("%s: outcome %v, reason %v", target, d.Outcome, d.Verdict.Reason)
		}
		if err := in.Harden(r); err == nil {
			t.Errorf("%s: a response leaves", target)
		}
	}
}

// Responses to requests of routes that are not public are not stored, nor those
// to requests whose route is not known.
func TestNoStore(t *testing.T) {
	in := instance(t, `"headers": {"response": {"preset": "api"}},`)
	for target, want := range map[string]int{"/health": 0, "/strict": 1, "/nowhere": 1} {
		r := request(target)
		in.Judge(r)
		if err := in.Harden(r); err != nil || len(r.Hardening) != want {
			t.Errorf("%s: %v, %v", target, r.Hardening, err)
		}
	}
}

func TestHeadersThatGoUpstream(t *testing.T) {
	forward := `"forward": {"headers": {"x-client-id": "client"}}`
	cases := []struct{ name, headers, identity, want string }{
		{"a key that is forwarded", `"request": {"remove": ["X-Api-*"]}`, `"forward": {"key": true}`,
			`headers.request.remove[0] takes out x-api-key, which the identity "partners" forwards`},
		{"cookies that keys are taken out of", `"request": {"remove": ["cookie"]}`, `"from": [{"cookie": "k"}]`,
			`headers.request.remove[0] takes out cookie, in which the identity "partners" finds keys`},
		{"a nonce under the name of a key", `"response": {"content_security_policy": {"script-src": ["'nonce'"]}, "content_security_policy_nonce": {"request_header": "x_api_key"}}`, forward,
			`headers.response.content_security_policy_nonce.request_header is a spelling of "x-api-key"`},
		{"a nonce under the name of the caller", `"response": {"content_security_policy": {"script-src": ["'nonce'"]}, "content_security_policy_nonce": {"request_header": "x-client.id"}}`, forward,
			`identities.partners.api_key.forward.headers.x-client-id is a spelling of "x-client.id", which tells the upstream the nonce`},
		{"what identities set can be taken from clients", `"request": {"remove": ["x-client-*"]}`, forward, ""},
		{"a key that is not forwarded", `"request": {"remove": ["x-api-*"]}`, forward, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			json := strings.Replace(string(text(`"headers": {`+c.headers+`},`)), forward, c.identity, 1)
			_, err := policy.Compile([]byte(json), noEnv)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
