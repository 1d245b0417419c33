package claims_test

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

var bearer = []credential.Source{{Header: "authorization", Scheme: "bearer"}, {Header: "x-token"}}

func forward(t *testing.T, d *document.TokenForward) claims.Forward {
	t.Helper()
	var p document.Problems
	f := claims.CompileForward(d, bearer, "forward", &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestForward(t *testing.T) {
	f := forward(t, &document.TokenForward{Token: true, Payload: "X-Payload", Claims: map[string]string{
		"x-text": "text", "x-number": "n", "x-list": "list", "x-object": "o", "x-none": "none", "x-deep": "o.a", "x-break": "break", "x-edge": "edge", "x-empty": "empty"}})
	s := parse(t, `{"text":"Doe, Jane","n":5,"list":["a","b,c","d e"],"o":{"a":true},"break":"a\r\nx-admin: 1","edge":" é%","empty":""}`)
	want := guard.Edits{
		{Op: guard.Add, Name: "x-payload", Value: "e30"}, {Op: guard.Add, Name: "x-break", Value: "a%0D%0Ax-admin: 1"},
		{Op: guard.Add, Name: "x-deep", Value: "true"}, {Op: guard.Add, Name: "x-edge", Value: "%20%C3%A9%25"},
		{Op: guard.Add, Name: "x-list", Value: "a,b%2Cc,d e"}, {Op: guard.Add, Name: "x-number", Value: "5"}, {Op: guard.Add, Name: "x-text", Value: "Doe, Jane"},
	}
	if got := f.Edits("e30", s); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	names := []string{"x-payload", "x-break", "x-deep", "x-edge", "x-empty", "x-list", "x-none", "x-number", "x-object", "x-text"}
	if got := f.Owns(); !slices.Equal(got, names) || !f.Keeps() {
		t.Errorf("owns %v, keeps %t", got, f.Keeps())
	}
	none := forward(t, nil)
	if none.Keeps() || none.Owns() != nil || none.Edits("e30", s) != nil {
		t.Error("without a section something is told")
	}
}

func TestForwardProblems(t *testing.T) {
	for want, d := range map[string]document.TokenForward{
		"payload sets a header that other software reads": {Payload: "Authorization"},
		"payload is \"x y\"":                              {Payload: "x y"},
		"claims.x-token sets a header that the key is":    {Claims: map[string]string{"x-token": "sub"}},
		"claims.x_user has '_'":                           {Claims: map[string]string{"x_user": "sub"}},
		"claims.x-user names no claim":                    {Claims: map[string]string{"x-user": ""}},
		"names the header of payload again":               {Payload: "x-user", Claims: map[string]string{"X-User": "sub"}},
		"names the header \"x-user\" again":               {Claims: map[string]string{"X-User": "sub", "x-user": "sub"}},
		"claims.x-envoy-a sets a header that steers":      {Claims: map[string]string{"x-envoy-a": "sub"}},
		"claims.host is \"host\"":                         {Claims: map[string]string{"host": "sub"}},
	} {
		var p document.Problems
		claims.CompileForward(&d, bearer, "forward", &p)
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestCaller(t *testing.T) {
	s := parse(t, `{"sub":"u","client_id":"c","scope":"a b","scp":["x"],"roles":["r"],"org":{"id":7},"jti":"t-1"}`)
	got := claims.NewAttributes(nil).Caller("users", s)
	if got.Identity != "users" || got.Client != "u" || !slices.Equal(got.Scopes, []string{"a", "b"}) || got.Roles != nil || got.Tenant != "" || got.Key != "t-1" || got.Claims == nil {
		t.Errorf("by default %+v", got)
	}
	got = claims.NewAttributes(&document.ClaimNames{Client: "client_id", Scopes: "scp", Roles: "roles", Tenant: "org.id"}).Caller("users", s)
	if got.Client != "c" || !slices.Equal(got.Scopes, []string{"x"}) || !slices.Equal(got.Roles, []string{"r"}) || got.Tenant != "7" {
		t.Errorf("%+v", got)
	}
	if got := claims.NewAttributes(nil).Caller("users", parse(t, `{"":["admin"]}`)); got.Roles != nil {
		t.Errorf("roles %q, of which the policy says nothing", got.Roles)
	}
	if got := claims.NewAttributes(nil).Caller("users", parse(t, `{"":"acme"}`)); got.Tenant != "" {
		t.Errorf("tenant %q, of which the policy says nothing", got.Tenant)
	}
	for _, text := range []string{`{}`, `{"sub":["u"],"scope":{"a":"b"},"jti":"a b"}`, `{"sub":null,"scope":7,"jti":"` + strings.Repeat("x", 257) + `"}`} {
		got := claims.NewAttributes(nil).Caller("users", parse(t, text))
		if got.Client != "" || got.Scopes != nil || got.Key != "" {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
