package apikey_test

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

func TestClaims(t *testing.T) {
	with, without := newKey(t, 1), newKey(t, 2)
	a, b := client("a", digest(with)), client("b", digest(without))
	a.Claims = map[string]string{"department": "sales", "https://example.com/cost-centre": "4 2"}
	g := apikey.NewRoute([]*apikey.Identity{compile(t, "partners", document.APIKey{Clients: []document.Client{a, b}})}, true)
	a.Claims["department"] = "changed behind the policy's back"

	r := request("", "x-api-key: "+with)
	mustAllow(t, r, g.Check(r, nil), "a", "a")
	for name, want := range map[string]string{"department": "sales", "https://example.com/cost-centre": "4 2"} {
		if got, ok := r.Caller.Claims.Claim(name); got != want || !ok {
			t.Errorf("claim %s is %q, %t", name, got, ok)
		}
	}
	if got, ok := r.Caller.Claims.Claim("Department"); ok {
		t.Errorf("an absent claim is %q", got)
	}
	for name, r := range map[string]*guard.Request{"a client without": request("", "x-api-key: "+without), "anonymous": request("")} {
		if g.Check(r, nil); r.Caller.Claims != nil {
			t.Errorf("%s has the claims %v", name, r.Caller.Claims)
		}
	}
}

func TestClaimsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name, claim string
		want        []string
	}{
		{"empty", "", nil}, // the document refuses it
		{"spaces and letters of any script", "Vertrieb Süd", nil},
		{"256 bytes", strings.Repeat("a", 256), nil},
		{"257 bytes", strings.Repeat("a", 257), []string{"i.clients[0].claims.c has 257 bytes: write 256 at most"}},
		{"a new line", "a\nb", []string{`i.clients[0].claims.c is "a\nb", with a control character: remove it`}},
		{"DEL", "\x7f", []string{`i.clients[0].claims.c is "\x7f", with a control character: remove it`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			holder := client("a", digest("1"))
			holder.Claims = map[string]string{"c": c.claim}
			var p document.Problems
			apikey.Compile("i", document.APIKey{Clients: []document.Client{holder}}, "i", secret, &p)
			var got []string
			for _, problem := range p.List() {
				got = append(got, problem.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
