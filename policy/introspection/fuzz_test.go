package introspection

import (
	"encoding/json"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

var seeds = []string{
	``, `{}`, `null`, `[]`, `true`, `{"active":true}`, `{"active":false}`, `{"active":true,"aud":"api"}`, `{"active":true,"aud":["api"],"exp":4102444800,"nbf":0.5}`,
	`{"active":true,"active":false}`, `{"active":true,"aud":"api","sub":"a\r\nx: y","scope":"a b","roles":["r,s"]}`, `{"active":true,"aud":"api","cnf":{}}`,
	`{"active":true,"aud":"api","token_type":"refresh_token"}`, `{"active":true,"aud":"api","exp":1e999,"nbf":-1e999}`, `{"active":true,"aud":"api"} x`,
	strings.Repeat(`{"active":`, 100),
}

// FuzzAnswer: who is let in is called active by the standard library too, and
// for this API; nothing of an answer can break a header.
func FuzzAnswer(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	var p document.Problems
	i := Compile("i", document.Introspection{URL: "https://a/", Audiences: document.Audiences{Any: []string{"api"}}, ClockSkew: 5e9,
		Claims:  &document.ClaimNames{Roles: "roles", Tenant: "o.t"},
		Forward: &document.TokenForward{Payload: "x-p", Claims: map[string]string{"x-s": "sub", "x-r": "roles", "x-a": "o.a"}}}, "i",
		func(document.Secret, document.Path) []byte { return nil }, &p)
	if err := p.Err(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := i.read(body, 1e18)
		if err != nil || a == nil {
			return
		}
		var said map[string]json.RawMessage
		if err := json.Unmarshal(body, &said); err != nil || string(said["active"]) != "true" {
			t.Fatalf("%q is an active token, and the library says %s, %v", body, said["active"], err)
		}
		if a.usable(1e18) == guard.Allowed && !strings.Contains(string(body), `api`) && !strings.Contains(string(body), `\u`) {
			t.Fatalf("%q is for this API", body)
		}
		for _, e := range a.headers {
			if strings.ContainsFunc(e.Value, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Fatalf("the header %s would be %q", e.Name, e.Value)
			}
		}
		if a.size < len(a.headers) || a.caller.Identity != "i" {
			t.Fatalf("%+v", a)
		}
	})
}

func TestSeedsAreThere(t *testing.T) {
	if len(seeds) < 15 {
		t.Errorf("%d seeds", len(seeds))
	}
}
