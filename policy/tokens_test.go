package policy_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

const severalKinds = `{"version": 1,
	"identities": {
		"users": {"jwt": {"issuer": "https://a.example", "audiences": ["api"], "algorithms": ["HS256"], "keys": {"secret": {"value": "0123456789abcdef0123456789abcdef"}}}},
		"opaque": {"introspection": {"url": "https://b.example/introspect", "cluster": "idp", "client_id": "g", "client_secret": {"value": "s"}, "audiences": ["api"]}},
		"partners": {"api_key": {"from": [{"header": "authorization", "scheme": "Bearer"}], "prefix": "sk_", "clients": [{"id": "acme", "keys": [{"id": "1",
			"sha256": "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"}]}]}}},
	"resource": {"identifier": "https://api.example.com"},
	"routes": [{"name": "a", "path": "/a", "identities": ["opaque", "partners", "users"], "scopes": ["s"]}]}`

// token is a token of an issuer that nobody has signed.
func token(issuer string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS256"}`)) + "." + part([]byte(`{"iss":"`+issuer+`","aud":"api","exp":4102444800}`)) + "." + part(make([]byte, 32))
}

// Of kinds that read one place the one judges that a token is for, and no other
// after it.
func TestOneKindJudgesAToken(t *testing.T) {
	p, err := policy.Compile([]byte(severalKinds), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, token string
		want        guard.Reason
		asked       int
	}{
		{"of the issuer of jwt", token("https://a.example"), guard.TokenSignature, 0},
		{"of another issuer", token("https://b.example"), guard.TokenInactive, 1},
		{"opaque", "0123456789abcdef", guard.TokenInactive, 1},
		{"with the prefix of keys", "sk_0123456789", guard.KeyMalformed, 0},
		{"of no form", `a"b`, guard.TokenMalformed, 0},
	} {
		asked, w := 0, guardtest.New("192.0.2.1")
		w.Answer = func(*guard.Call) (guard.Answer, error) {
			asked++
			return guard.Answer{Status: 200, Body: []byte(`{"active":false}`)}, nil
		}
		r := request("/a", "authorization", "Bearer "+c.token)
		r.World = w
		d := policy.NewInstance(p, "test", policy.Seeds{}).Judge(r)
		if d.Verdict.Reason != c.want || asked != c.asked {
			t.Errorf("%s: %v, asked %d times; want %v, %d", c.name, d.Verdict.Reason, asked, c.want, c.asked)
		}
	}
}

// The metadata name the issuers of tokens where the policy names no others.
func TestMetadataNameTheIssuers(t *testing.T) {
	p, err := policy.Compile([]byte(severalKinds), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	in := policy.NewInstance(p, "test", policy.Seeds{})
	r := request("/.well-known/oauth-protected-resource")
	r.Authority = "api.example.com"
	if d := in.Judge(r); d.Outcome != policy.Served || d.Route != -1 || !strings.Contains(d.Verdict.Reply.Body, `"authorization_servers":["https://a.example"]`) || len(r.Upstream) != 0 {
		t.Errorf("%v, route %d, %+v", d.Outcome, d.Route, d.Verdict.Reply)
	}
}

// What is served is served in report mode too.
func TestServedInReportMode(t *testing.T) {
	p, err := policy.Compile([]byte(strings.Replace(severalKinds, `"version": 1,`, `"version": 1, "mode": "report",`, 1)), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	r := request("/.well-known/oauth-protected-resource")
	r.Authority = "api.example.com"
	if d := policy.NewInstance(p, "test", policy.Seeds{}).Judge(r); d.Outcome != policy.Served {
		t.Errorf("%v", d.Outcome)
	}
}

// TestPlaceOfAForwardedHeader: a problem stands where the header is named.
func TestPlaceOfAForwardedHeader(t *testing.T) {
	for forward, want := range map[string]string{
		`{"payload": "x-http-method-override"}`:                 "identities.u.jwt.forward.payload makes some servers",
		`{"claims": {"x-http-method-override": "sub"}}`:         "identities.u.jwt.forward.claims.x-http-method-override makes some servers",
		`{"payload": "x-a-b", "claims": {"x.a.b": "sub"}}`:      `identities.u.jwt.forward.claims["x.a.b"] is a spelling of "x-a-b"`,
		`{"payload": "X-HTTP-Method-Override", "token": false}`: "identities.u.jwt.forward.payload makes some servers",
	} {
		_, err := policy.Compile([]byte(`{"version": 1, "identities": {"u": {"jwt": {"issuer": "https://a.example", "audiences": ["api"], "algorithms": ["HS256"],
			"keys": {"secret": {"value": "0123456789abcdef0123456789abcdef"}}, "forward": `+forward+`}}},
			"routes": [{"name": "a", "path": "/**", "identities": ["u"]}]}`), noEnv)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", forward, err, want)
		}
	}
}
