package introspection_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/introspection"
)

var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// section is a section with its defaults.
func section() document.Introspection {
	return document.Introspection{
		URL: "https://auth.example.com/introspect?v=1", Cluster: "idp", Timeout: document.Duration(time.Second),
		ClientID: "gate way", ClientSecret: document.Secret{Value: "s:3cret&é"}, ClientAuthentication: "client_secret_basic",
		Audiences: document.Audiences{Any: []string{"api"}}, ClockSkew: document.Duration(5 * time.Second),
		Cache: document.Duration(time.Minute), NegativeCache: document.Duration(10 * time.Second),
	}
}

func secret(s document.Secret, _ document.Path) []byte { return []byte(s.Value) }

func compile(t testing.TB, name string, d document.Introspection) *introspection.Identity {
	t.Helper()
	var p document.Problems
	id := introspection.Compile(name, d, "i", secret, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	id.Register(&guard.Metrics{})
	return id
}

// desk is one worker with a route.
type desk struct {
	*guardtest.World
	guard *authenticate.Guard
	now   time.Time
	calls []guard.Call
}

func newDesk(answer func(*guard.Call) (guard.Answer, error), ids ...*introspection.Identity) *desk {
	var all []authenticate.Identity
	for _, id := range ids {
		all = append(all, id)
	}
	d := &desk{World: guardtest.New("192.0.2.1"), now: start,
		guard: authenticate.New([]authenticate.Kind{introspection.NewGuard(ids, introspection.NewState(all, "test", [16]byte{1}))}, false, "")}
	d.Answer = func(c *guard.Call) (guard.Answer, error) {
		d.calls = append(d.calls, *c)
		return answer(c)
	}
	return d
}

func (d *desk) show(token string) (*guard.Request, guard.Verdict) {
	r := &guard.Request{Now: d.now.UnixNano(), World: d, Headers: []guard.Header{{Name: "authorization", Value: "Bearer " + token}}}
	return r, d.guard.Check(r)
}

func says(status int, body string) func(*guard.Call) (guard.Answer, error) {
	return func(*guard.Call) (guard.Answer, error) {
		return guard.Answer{Status: status, Body: []byte(body)}, nil
	}
}

func fails(err error) func(*guard.Call) (guard.Answer, error) {
	return func(*guard.Call) (guard.Answer, error) { return guard.Answer{}, err }
}

func TestCheck(t *testing.T) {
	at := func(d time.Duration) string { return fmt.Sprint(start.Add(d).Unix()) }
	for _, c := range []struct {
		name, token string
		answer      func(*guard.Call) (guard.Answer, error)
		want        guard.Reason
		asked       int
	}{
		{"active", "t", says(200, `{"active":true,"aud":"api"}`), guard.Allowed, 1},
		{"aud is a list", "t", says(200, `{"active":true,"aud":["x","api"]}`), guard.Allowed, 1},
		{"every character of a token", "aZ09-._~+/==", says(200, `{"active":true,"aud":"api"}`), guard.Allowed, 1},
		{"expires later", "t", says(200, `{"active":true,"aud":"api","exp":`+at(time.Second)+`}`), guard.Allowed, 1},
		{"expired within the skew", "t", says(200, `{"active":true,"aud":"api","exp":`+at(-4*time.Second)+`}`), guard.Allowed, 1},
		{"expires at the end of time", "t", says(200, `{"active":true,"aud":"api","exp":1e300}`), guard.Allowed, 1},
		{"begins within the skew", "t", says(200, `{"active":true,"aud":"api","nbf":`+at(4*time.Second)+`}`), guard.Allowed, 1},
		{"says what it is", "t", says(200, `{"active":true,"aud":"api","token_type":"bearer","token_use":"access_token","typ":"Bearer"}`), guard.Allowed, 1},

		{"not active", "t", says(200, `{"active":false}`), guard.TokenInactive, 1},
		{"not active, with claims", "t", says(200, `{"active":false,"aud":"api"}`), guard.TokenInactive, 1},
		{"expired", "t", says(200, `{"active":true,"aud":"api","exp":`+at(-5*time.Second)+`}`), guard.TokenExpired, 1},
		{"expired since ever", "t", says(200, `{"active":true,"aud":"api","exp":-1e300}`), guard.TokenExpired, 1},
		{"not yet valid", "t", says(200, `{"active":true,"aud":"api","nbf":`+at(6*time.Second)+`}`), guard.TokenNotYetValid, 1},
		{"another aud", "t", says(200, `{"active":true,"aud":"API"}`), guard.TokenAudience, 1},
		{"aud of another type", "t", says(200, `{"active":true,"aud":{"a":"api"}}`), guard.TokenAudience, 1},
		{"no aud", "t", says(200, `{"active":true}`), guard.TokenAudience, 1},
		{"a refresh token", "t", says(200, `{"active":true,"aud":"api","token_type":"refresh_token"}`), guard.TokenType, 1},
		{"a refresh token of Hydra", "t", says(200, `{"active":true,"aud":"api","token_type":"Bearer","token_use":"refresh_token"}`), guard.TokenType, 1},
		{"a refresh token of Keycloak", "t", says(200, `{"active":true,"aud":"api","typ":"Refresh"}`), guard.TokenType, 1},
		{"bound to a key", "t", says(200, `{"active":true,"aud":"api","cnf":{"jkt":"x"}}`), guard.TokenNotBound, 1},
		{"of a bound type", "t", says(200, `{"active":true,"aud":"api","token_type":"DPoP"}`), guard.TokenNotBound, 1},

		{"active is a text", "t", says(200, `{"active":"true","aud":"api"}`), guard.IntrospectionUnavailable, 1},
		{"active is a number", "t", says(200, `{"active":1,"aud":"api"}`), guard.IntrospectionUnavailable, 1},
		{"active is not there", "t", says(200, `{"aud":"api"}`), guard.IntrospectionUnavailable, 1},
		{"active twice", "t", says(200, `{"active":false,"active":true,"aud":"api"}`), guard.IntrospectionUnavailable, 1},
		{"exp is a text", "t", says(200, `{"active":true,"aud":"api","exp":"4102444800"}`), guard.IntrospectionUnavailable, 1},
		{"nbf is a list", "t", says(200, `{"active":true,"aud":"api","nbf":[0]}`), guard.IntrospectionUnavailable, 1},
		{"no JSON", "t", says(200, `<html>`), guard.IntrospectionUnavailable, 1},
		{"nothing", "t", says(200, ``), guard.IntrospectionUnavailable, 1},
		{"a list", "t", says(200, `[{"active":true,"aud":"api"}]`), guard.IntrospectionUnavailable, 1},
		{"trailing bytes", "t", says(200, `{"active":true,"aud":"api"}{}`), guard.IntrospectionUnavailable, 1},
		{"nested", "t", says(200, `{"active":true,"aud":"api","a":`+strings.Repeat("[", 5000)), guard.IntrospectionUnavailable, 1},
		{"too large", "t", fails(guard.ErrTooLarge), guard.IntrospectionUnavailable, 1},
		{"another success", "t", says(204, ``), guard.IntrospectionUnavailable, 1},
		{"the gateway is not known", "t", says(401, ``), guard.IntrospectionUnavailable, 1},
		{"not found", "t", says(404, ``), guard.IntrospectionUnavailable, 1},
		{"down", "t", says(503, ``), guard.IntrospectionUnavailable, 1},
		{"too slow", "t", says(504, ``), guard.IntrospectionUnavailable, 1},
		{"not sent", "t", fails(guard.ErrNotSent), guard.IntrospectionUnavailable, 1},
		{"no answer", "t", fails(guard.ErrNoAnswer), guard.IntrospectionUnavailable, 1},
		{"too many wait", "t", fails(guard.ErrBusy), guard.IntrospectionUnavailable, 1},
		{"the client has left", "t", fails(guard.ErrGone), guard.IntrospectionUnavailable, 1},

		{"malformed: a quote", `a"b`, nil, guard.TokenMalformed, 0},
		{"malformed: = inside", "a=b", nil, guard.TokenMalformed, 0},
		{"malformed: = alone", "=", nil, guard.TokenMalformed, 0},
		{"malformed: a space", "a b", nil, guard.TokenMalformed, 0},
		{"malformed: empty", "", nil, guard.TokenMalformed, 0},
		{"oversized", strings.Repeat("a", 8<<10+1), nil, guard.TokenMalformed, 0},
		{"joined by a proxy", "a,Bearer b", nil, guard.CredentialDuplicated, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(c.answer, compile(t, "opaque", section()))
			r, v := d.show(c.token)
			if v.Reason != c.want || len(d.calls) != c.asked {
				t.Errorf("%v, asked %d times; want %v, %d", v.Reason, len(d.calls), c.want, c.asked)
			}
			if c.want == guard.Allowed {
				if r.Caller.Identity != "opaque" {
					t.Errorf("caller %+v", r.Caller)
				}
			} else if !reflect.DeepEqual(r.Caller, guard.Caller{}) || len(r.Upstream) != 0 {
				t.Errorf("a denied request has the caller %+v, edits %v", r.Caller, r.Upstream)
			}
			if unavailable := c.want == guard.IntrospectionUnavailable; unavailable != (v.RetryAfter > 0) {
				t.Errorf("retry after %v", v.RetryAfter)
			}
		})
	}
}

func TestIssuer(t *testing.T) {
	d := section()
	d.Issuer, d.Audiences = "https://a.example", document.Audiences{Unchecked: true}
	id := compile(t, "opaque", d)
	for body, want := range map[string]guard.Reason{
		`{"active":true,"iss":"https://a.example"}`: guard.Allowed, `{"active":true}`: guard.TokenIssuer,
		`{"active":true,"iss":"https://a.example/"}`: guard.TokenIssuer, `{"active":true,"iss":7}`: guard.TokenIssuer,
		`{"active":true,"iss":["https://b.example","https://a.example"]}`: guard.TokenIssuer,
	} {
		if _, v := newDesk(says(200, body), id).show("t"); v.Reason != want {
			t.Errorf("%s: %v, want %v", body, v.Reason, want)
		}
	}
	if !slices.Equal(id.Issuers(), []string{"https://a.example"}) || compile(t, "o", section()).Issuers() != nil {
		t.Error("Issuers")
	}
}

func TestCaller(t *testing.T) {
	d := section()
	d.Claims = &document.ClaimNames{Client: "client_id", Roles: "realm.roles", Tenant: "org"}
	d.Forward = &document.TokenForward{Payload: "x-payload", Claims: map[string]string{"x-user": "sub"}}
	body := `{"active":true,"aud":"api","sub":"u","client_id":"c","scope":"a b","realm":{"roles":["r"]},"org":"t-1","jti":"j"}`
	desk := newDesk(says(200, body), compile(t, "opaque", d))
	for range 2 {
		r, v := desk.show("t")
		c := r.Caller
		if !v.Allows() || c.Client != "c" || c.Tenant != "t-1" || c.Key != "j" || !slices.Equal(c.Scopes, []string{"a", "b"}) || !slices.Equal(c.Roles, []string{"r"}) {
			t.Errorf("%v, caller %+v", v.Reason, c)
		}
		if value, ok := c.Claims.Claim("sub"); !ok || value != "u" {
			t.Errorf("claim sub: %q", value)
		}
		want := guard.Edits{{Op: guard.Add, Name: "x-payload", Value: base64.RawURLEncoding.EncodeToString([]byte(body))}, {Op: guard.Add, Name: "x-user", Value: "u"}}
		if !slices.Equal(r.Upstream, want) {
			t.Errorf("edits %v", r.Upstream)
		}
	}
}

// The standard library reads from the form what was shown.
func TestCall(t *testing.T) {
	for method, wantForm := range map[string]url.Values{
		"client_secret_basic": {"token": {"a+/~=="}, "token_type_hint": {"access_token"}},
		"client_secret_post":  {"token": {"a+/~=="}, "token_type_hint": {"access_token"}, "client_id": {"gate way"}, "client_secret": {"s:3cret&é"}},
	} {
		s := section()
		s.ClientAuthentication = method
		d := newDesk(says(200, `{"active":false}`), compile(t, "opaque", s))
		d.show("a+/~==")
		c := d.calls[0]
		form, err := url.ParseQuery(string(c.Body))
		if err != nil || !reflect.DeepEqual(form, wantForm) {
			t.Errorf("%s: form %v, %v", method, form, err)
		}
		if c.Cluster != "idp" || c.Method != "POST" || c.Authority != "auth.example.com" || c.Path != "/introspect?v=1" || c.Timeout != time.Second || c.MaxBody <= 0 {
			t.Errorf("%s: call %+v", method, c)
		}
		if c.Share == "" || strings.Contains(c.Share, "a+/~==") {
			t.Errorf("%s: shared by %q", method, c.Share)
		}
		auth := ""
		for _, h := range c.Headers {
			if h[0] == "authorization" {
				auth = h[1]
			}
		}
		want := ""
		if method == "client_secret_basic" { // RFC 6749 section 2.3.1: both are encoded before they are joined
			want = "Basic " + base64.StdEncoding.EncodeToString([]byte("gate+way:s%3A3cret%26%C3%A9"))
		}
		if auth != want {
			t.Errorf("%s: authorization %q, want %q", method, auth, want)
		}
	}
}

func TestSeveralIdentities(t *testing.T) {
	first, second := section(), section()
	second.Cluster = "other"
	for _, c := range []struct {
		name        string
		one, two    string
		want        guard.Reason
		caller      string
		down, asked int
	}{
		{"the first knows it", `{"active":true,"aud":"api"}`, ``, guard.Allowed, "a", 0, 1},
		{"the second knows it", `{"active":false}`, `{"active":true,"aud":"api"}`, guard.Allowed, "b", 0, 2},
		{"none knows it", `{"active":false}`, `{"active":false}`, guard.TokenInactive, "", 0, 2},
		{"the first knows that it is for others", `{"active":true}`, `{"active":true,"aud":"api"}`, guard.TokenAudience, "", 0, 1},
		{"the first is down", ``, `{"active":true,"aud":"api"}`, guard.IntrospectionUnavailable, "", 1, 1},
	} {
		d := newDesk(func(call *guard.Call) (guard.Answer, error) {
			if call.Cluster == "other" {
				return guard.Answer{Status: 200, Body: []byte(c.two)}, nil
			}
			if c.down > 0 {
				return guard.Answer{}, errors.New("down")
			}
			return guard.Answer{Status: 200, Body: []byte(c.one)}, nil
		}, compile(t, "a", first), compile(t, "b", second))
		if r, v := d.show("t"); v.Reason != c.want || r.Caller.Identity != c.caller || len(d.calls) != c.asked {
			t.Errorf("%s: %v as %q, asked %d", c.name, v.Reason, r.Caller.Identity, len(d.calls))
		}
	}
}

func TestProblems(t *testing.T) {
	for want, change := range map[string]func(*document.Introspection){
		"i.url does not begin":   func(d *document.Introspection) { d.URL = "auth.example.com/introspect" },
		"i.url has no host":      func(d *document.Introspection) { d.URL = "https://user:secret@auth.example.com/" },
		"i.url has a fragment":   func(d *document.Introspection) { d.URL = "https://auth.example.com/#a" },
		"i.audiences names none": func(d *document.Introspection) { d.Audiences = document.Audiences{} },
		"or an empty one":        func(d *document.Introspection) { d.Audiences.Any = []string{""} },
		"i.forward.claims.x_a has": func(d *document.Introspection) {
			d.Forward = &document.TokenForward{Claims: map[string]string{"x_a": "sub"}}
		},
		"i.from[0] names no place": func(d *document.Introspection) { d.From = []document.Source{{}} },
	} {
		d := section()
		change(&d)
		var p document.Problems
		introspection.Compile("i", d, "i", secret, &p)
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s:3cret") || strings.Contains(err.Error(), "user:secret") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
