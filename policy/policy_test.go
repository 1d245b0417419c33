package policy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// sample is a policy with one of everything; %s is put in front of "routes".
const sample = `{
	"version": 1, %s
	"identities": {"partners": {"api_key": {
		"clients": [{"id": "acme", "scopes": ["read"], "keys": [{"id": "a", "sha256": "` + "DIGEST" + `"}]}],
		"forward": {"headers": {"x-client-id": "client"}}}}},
	"limits": {
		"each": {"by": ["client"], "token_bucket": {"capacity": 2, "refill_per_second": 0.001}},
		"early": {"by": ["ip"], "token_bucket": {"capacity": 100, "refill_per_second": 0.001}, "before": "authentication"}},
	"routes": [
		{"name": "health", "path": "/health", "public": true},
		{"name": "trial", "path": "/trial", "identities": ["partners"], "scopes": ["write"], "mode": "report"},
		{"name": "strict", "path": "/strict", "identities": ["partners"], "scopes": ["write"], "mode": "enforce"},
		{"name": "orders", "path": "/orders/{id}", "identities": ["partners"], "scopes": ["read"], "limits": ["early", "each"], "timeout": "1500ms"}]
}`

func text(extra string) []byte {
	return []byte(strings.ReplaceAll(fmt.Sprintf(sample, extra), "DIGEST", digest("k")))
}

func noEnv(string) (string, bool) { return "", false }

func instance(t *testing.T, extra string) *policy.Instance {
	t.Helper()
	p, err := policy.Compile(text(extra), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	return policy.NewInstance(p, "test", policy.Seeds{})
}

func request(target string, headers ...string) *guard.Request {
	r := &guard.Request{Method: "GET", Authority: "api.example.com", Target: target, Now: 1764000000e9, Route: -1, World: guardtest.New("192.0.2.1")}
	for i := 0; i < len(headers); i += 2 {
		r.Headers = append(r.Headers, guard.Header{Name: headers[i], Value: headers[i+1]})
	}
	return r
}

func TestJudge(t *testing.T) {
	cases := []struct {
		name    string
		extra   string
		request *guard.Request
		outcome policy.Outcome
		reason  guard.Reason
		route   int
	}{
		{"public", "", request("/health"), policy.Allowed, guard.Allowed, 0},
		{"allowed", "", request("/orders/1", "x-api-key", "k"), policy.Allowed, guard.Allowed, 3},
		{"no route", "", request("/"), policy.Denied, guard.NoRoute, -1},
		{"bad path", "", request("/%00"), policy.Denied, guard.BadPath, -1},
		{"no key", "", request("/orders/1"), policy.Denied, guard.CredentialMissing, 3},
		{"scope missing", "", request("/strict", "x-api-key", "k"), policy.Denied, guard.ScopeMissing, 2},
		{"reported by the route's mode", "", request("/trial", "x-api-key", "k"), policy.Reported, guard.ScopeMissing, 1},
		{"reported by the document's mode", `"mode": "report",`, request("/orders/1"), policy.Reported, guard.CredentialMissing, 3},
		{"the route's mode wins", `"mode": "report",`, request("/strict", "x-api-key", "k"), policy.Denied, guard.ScopeMissing, 2},
		{"a bad path may be meant for a route that enforces", `"mode": "report",`, request("/%2f"), policy.Denied, guard.BadPath, -1},
		{"no route may be meant for a route that enforces", `"mode": "report",`, request("/nowhere"), policy.Denied, guard.NoRoute, -1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := instance(t, c.extra).Judge(c.request)
			if d.Outcome != c.outcome || d.Verdict.Reason != c.reason || d.Route != c.route {
				t.Errorf("got %v %v on route %d, want %v %v on route %d", d.Outcome, d.Verdict.Reason, d.Route, c.outcome, c.reason, c.route)
			}
		})
	}
}

// TestEdits: what goes upstream says who is calling, and only we say it.
func TestEdits(t *testing.T) {
	has := func(edits guard.Edits, op guard.Op, name, value string) bool {
		for _, e := range edits {
			if e.Op == op && e.Name == name && e.Value == value {
				return true
			}
		}
		return false
	}
	in := instance(t, "")
	r := request("/orders/1", "x-api-key", "k", "x-client-id", "root", "x_client_id", "root", "x-envoy-upstream-rq-timeout-ms", "0")
	if d := in.Judge(r); d.Outcome != policy.Allowed {
		t.Fatal(d)
	}
	for _, want := range []guard.Edit{
		{Op: guard.Remove, Name: "x-client-id"}, {Op: guard.Remove, Name: "x_client_id"}, {Op: guard.Remove, Name: "x-api-key"},
		{Op: guard.Add, Name: "x-client-id", Value: "acme"}, {Op: guard.Replace, Name: "x-envoy-upstream-rq-timeout-ms", Value: "1500"},
	} {
		if !has(r.Upstream, want.Op, want.Name, want.Value) {
			t.Errorf("%+v is missing in %+v", want, r.Upstream)
		}
	}
	public := request("/health", "x-client-id", "root", "x-api-key", "k")
	if in.Judge(public); !has(public.Upstream, guard.Remove, "x-client-id", "") || !has(public.Upstream, guard.Remove, "x-api-key", "") {
		t.Errorf("a public route lets the headers through: %+v", public.Upstream)
	}
	reported := request("/%2f", "x-client-id", "root", "x-api-key", "k")
	if reporting(t).Judge(reported); !has(reported.Upstream, guard.Remove, "x-client-id", "") || !has(reported.Upstream, guard.Remove, "x-api-key", "") {
		t.Errorf("report mode lets the headers through: %+v", reported.Upstream)
	}
}

// reportAll is the sample with no route that enforces.
func reportAll() string {
	return strings.Replace(string(text(`"mode": "report",`)), `"mode": "enforce"`, `"mode": "report"`, 1)
}

func reporting(t *testing.T) *policy.Instance {
	t.Helper()
	p, err := policy.Compile([]byte(reportAll()), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	return policy.NewInstance(p, "test", policy.Seeds{})
}

// TestReportedWithoutRoute: where no route enforces, what has none is reported.
func TestReportedWithoutRoute(t *testing.T) {
	for target, want := range map[string]guard.Reason{"/nowhere": guard.NoRoute, "/%2f": guard.BadPath, "/%2f?a": guard.BadPath} {
		if d := reporting(t).Judge(request(target)); d.Outcome != policy.Reported || d.Verdict.Reason != want {
			t.Errorf("%s: got %v %v", target, d.Outcome, d.Verdict.Reason)
		}
	}
}

// TestJudgedHost: where routes name hosts, the host that was judged is the one
// that is served.
func TestJudgedHost(t *testing.T) {
	const plain = `{"version": 1, "routes": [{"name": "a", "path": "/**", "public": true}]}`
	hosted := strings.Replace(plain, `"path"`, `"hosts": ["api.example.com"], "path"`, 1)
	for _, c := range []struct {
		policy, authority string
		want              guard.Edits
	}{
		{hosted, "api.example.com", nil},
		{hosted, "API.example.com:81", guard.Edits{{Op: guard.Replace, Name: ":authority", Value: "api.example.com"}}},
		{plain, "api.example.com:81", nil},
	} {
		p, err := policy.Compile([]byte(c.policy), noEnv)
		if err != nil {
			t.Fatal(err)
		}
		r := request("/")
		r.Authority = c.authority
		if d := policy.NewInstance(p, "test", policy.Seeds{}).Judge(r); d.Outcome != policy.Allowed || !slices.Equal(r.Upstream, c.want) {
			t.Errorf("%s: %v, edits %v, want %v", c.authority, d.Outcome, r.Upstream, c.want)
		}
	}
}

// TestReportedQuery: a request whose path nobody could read goes upstream as it
// came in report mode, without its key.
func TestReportedQuery(t *testing.T) {
	extra := strings.Replace(reportAll(), `"clients"`, `"from": [{"query": "key"}], "clients"`, 1)
	p, err := policy.Compile([]byte(extra), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	r := request("/%2f?a=1&key=k&b=2")
	d := policy.NewInstance(p, "test", policy.Seeds{}).Judge(r)
	if d.Outcome != policy.Reported || r.Path != "/%2f" || r.Query != "a=1&b=2" {
		t.Errorf("got %v, path %q, query %q", d.Outcome, r.Path, r.Query)
	}
}

// TestZero: what nobody decided is refused, in every mode.
func TestZero(t *testing.T) {
	if (policy.Decision{}).Outcome.Forwards() || policy.Outcome(200).Forwards() || (guard.Verdict{}).Allows() {
		t.Error("a zero value lets a request pass")
	}
	if v := guard.Deny(guard.Allowed); v.Allows() {
		t.Error("Deny(Allowed) allows")
	}
	if policy.Served.Forwards() || guard.Serve(&guard.Reply{}).Allows() {
		t.Error("what is served goes upstream too")
	}
	for _, v := range []guard.Verdict{guard.Deny(guard.Served), guard.Serve(nil), {Reason: guard.Served}} {
		if v.Serves() || v.Allows() {
			t.Errorf("%+v is served without a reply", v)
		}
	}
	if got := guard.Reason(250).Public(); got.Status != 503 || got.GRPC == 0 {
		t.Errorf("an unknown reason is %+v", got)
	}
	names := map[string]bool{}
	for i := range guard.Reasons {
		p := guard.Reason(i).Public()
		if p.Name == "" || names[p.Name] || p.Title == "" || (p.Status < 400 || p.GRPC < 1 || p.GRPC > 16) != (!guard.Reason(i).Denies()) {
			t.Errorf("reason %d is %+v", i, p)
		}
		names[p.Name] = true
	}
}

// TestLimitIsShared: two instances on the same shared data share the buckets.
func TestLimitIsShared(t *testing.T) {
	world := guardtest.New("192.0.2.1")
	got := []policy.Outcome{}
	for i := range 4 {
		r := request("/orders/1", "x-api-key", "k")
		r.World = world
		if i%2 == 0 {
			got = append(got, instance(t, "").Judge(r).Outcome)
		} else {
			got = append(got, instance(t, `"audit": {"log": "all"},`).Judge(r).Outcome)
		}
	}
	if fmt.Sprint(got) != "[allowed allowed denied denied]" {
		t.Errorf("got %v", got)
	}
}

func TestCompileProblems(t *testing.T) {
	replace := func(old, with string) []byte {
		s := string(text(""))
		if !strings.Contains(s, old) {
			t.Fatalf("the sample does not hold %s", old)
		}
		return []byte(strings.Replace(s, old, with, 1))
	}
	cases := []struct {
		name string
		text []byte
		want []string
	}{
		{"a route that says nothing", replace(`"public": true`, `"public": false`), []string{`routes[0] does not say who may call: write "identities": [...], "webhook": {...}, or "public": true`}},
		{"public with identities", replace(`"public": true`, `"public": true, "identities": ["partners"]`), []string{`routes[0] is public and names identities`}},
		{"public and anonymous", replace(`"public": true`, `"public": true, "anonymous": true`), []string{`routes[0].anonymous stands beside "public"`}},
		{"an identity that is not defined", replace(`"identities": ["partners"], "scopes": ["write"]`, `"identities": ["partner"], "scopes": ["write"]`),
			[]string{`routes[1].identities[0] names "partner", which is not defined: write one of identities: "partners"`}},
		{"an identity twice", replace(`["partners"]`, `["partners", "partners"]`), []string{`routes[1].identities[1] names "partners" again`}},
		{"a limit that is not defined", replace(`["early", "each"]`, `["early", "eahc"]`), []string{`limits.each `, `routes[3].limits[1] names the limit "eahc"`}},
		{"a timeout for ever", replace(`"1500ms"`, `"0s"`), []string{`routes[3].timeout`}},
		{"a timeout below a millisecond", replace(`"1500ms"`, `"100us"`), []string{`routes[3].timeout`}},
		{"a secret that is not set", replace(`"clients"`, `"pepper": {"env": "PEPPER"}, "clients"`),
			[]string{`identities.partners.api_key.pepper names the environment variable "PEPPER", which is not set`}},
		{"a path that hygiene refuses", replace(`"/health"`, `"/health;v=1"`), []string{`routes[0].path holds ';', and hygiene refuses`}},
		{"a header for the upstream under two spellings", replace(`{"x-client-id": "client"}`, `{"x-client-id": "client", "x.client.id": "tenant"}`),
			[]string{`identities.partners.api_key.forward.headers["x.client.id"] is a spelling of "x-client-id", which the identity sets too`}},
		{"a header for the upstream that a key is read from", replace(`{"x-client-id": "client"}`, `{"x.api.key": "client"}`),
			[]string{`identities.partners.api_key.forward.headers["x.api.key"] is a spelling of "x-api-key", which a key is read from`}},
		{"a header for the upstream that changes what is served", replace(`{"x-client-id": "client"}`, `{"x-http-method-override": "client"}`),
			[]string{`identities.partners.api_key.forward.headers.x-http-method-override makes some servers`}},
		{"text and meaning at once, in order", []byte(strings.Replace(string(replace(`"public": true`, `"public": true, "colour": "red"`)), `["early", "each"]`, `["early", "each", "eahc"]`, 1)),
			[]string{`routes[0].colour`, `routes[3].limits[2] names the limit "eahc"`}},
		{"no echo of what was not understood", replace(`"public": true`, `"pubilc": true`), []string{`routes[0].pubilc`}},
		{"a section that comes later", replace(`"public": true`, `"public": true, "grpc": {"methods": {"List": ["a"]}}`),
			[]string{`routes[0].grpc is not supported yet`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err := policy.Compile(c.text, noEnv)
			var e *document.Error
			if !errors.As(err, &e) || p != nil {
				t.Fatalf("got %v and policy %v", err, p)
			}
			if len(e.Problems) != len(c.want) {
				t.Fatalf("got %v", err)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(e.Problems[i].String(), want) || e.Problems[i].Line < 2 {
					t.Errorf("problem %d is %+v, want %q", i, e.Problems[i], want)
				}
			}
		})
	}
}

// TestUnusedIdentity: an identity that no route names protects nothing.
func TestUnusedIdentity(t *testing.T) {
	other := strings.Replace(string(text("")), `"identities": {`, `"identities": {"spare": {"api_key": {"clients": [{"id": "b", "keys": [{"id": "b", "sha256": "`+digest("b")+`"}]}]}}, `, 1)
	_, err := policy.Compile([]byte(other), noEnv)
	if err == nil || !strings.Contains(err.Error(), "identities.spare is named by no route") {
		t.Errorf("got %v", err)
	}
}

// FuzzCompile: no text makes Compile panic, and it returns a policy or problems,
// never both and never neither.
func FuzzCompile(f *testing.F) {
	f.Add(text(""))
	f.Add([]byte(`{"version": 1, "routes": [{"name": "a", "path": "/**", "public": true}]}`))
	f.Add([]byte(strings.Replace(string(text("")), `"token_bucket": {"capacity": 2, "refill_per_second": 0.001}`, `"quota": {"limit": 1, "per": "day"}`, 1)))
	f.Add([]byte(strings.Replace(string(text("")), `"api_key"`, `"mtls"`, 1)))
	f.Add([]byte(strings.Replace(string(text("")), `"by": ["client"]`, `"by": []`, 1)))
	f.Add([]byte(strings.Replace(string(text("")), `"path": "/orders/{id}"`, `"path": "orders"`, 1)))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := policy.Compile(text, noEnv)
		if (p == nil) == (err == nil) {
			t.Fatalf("policy %v and error %v", p, err)
		}
	})
}

// TestManyProblems: a document with a mistake in each of its many routes does
// not flood the log.
func TestManyProblems(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, `{"name": "r%d", "path": "/r%d", "identities": ["nobody"]},`, i, i)
	}
	_, err := policy.Compile([]byte(`{"version": 1, "routes": [`+strings.TrimSuffix(b.String(), ",")+`]}`), noEnv)
	var e *document.Error
	if !errors.As(err, &e) || len(e.Problems) != 101 || !strings.Contains(e.Problems[100].String(), "has more problems") {
		t.Errorf("got %.300v", err)
	}
}
