package scenario

import (
	"encoding/base64"
	"strings"
	"testing"
)

const proofs = `A title
-- policy.json --
{"a": "{jkt k ES256}", "b": "{ath t}"}
-- tokens --
t = k {"alg":"ES256"} {"cnf":{"jkt":"{jkt k ES256}"}}
-- proofs --
p = k {"alg":"ES256","jwk":{jwk k ES256}} {"iat":{now},"old":{now -60},"new":{now +5},"ath":"{ath t}"}
-- steps --
# a
> GET /
> dpop: {proof p}
> dpop: {proof q}
< 200
forwarded GET /
`

func TestProofs(t *testing.T) {
	s, err := Parse("x", []byte(proofs))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.prove(1000)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(signed["p"], ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || len(parts) != 3 || !strings.HasPrefix(string(claims), `{"iat":1000,"old":940,"new":1005,"ath":"`) {
		t.Fatalf("%s, %v", claims, err)
	}
	for _, text := range []string{string(s.Policy), string(claims)} {
		if strings.Contains(text, "{jkt") || strings.Contains(text, "{ath") {
			t.Errorf("a macro is left in %s", text)
		}
	}
	if _, err := s.Steps[0].with(moment{proofs: signed}); err == nil || !strings.Contains(err.Error(), `no proof "q"`) {
		t.Errorf("a proof that is not there: %v", err)
	}
	signed["q"] = "Q"
	step, err := s.Steps[0].with(moment{proofs: signed})
	if h := step.Request.Headers; err != nil || h[len(h)-2].Value != signed["p"] || h[len(h)-1].Value != "Q" {
		t.Errorf("%v, %v", h, err)
	}
	if h := s.Steps[0].Request.Headers; h[len(h)-1].Value != "{proof q}" {
		t.Error("the scenario was changed by a run")
	}
}

func TestAProofThatCannotBeSigned(t *testing.T) {
	s, err := Parse("x", []byte(strings.Replace(proofs, `p = k {"alg"`, `p = k "alg"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.prove(0); err == nil || !strings.Contains(err.Error(), `proofs: "p"`) {
		t.Errorf("%v", err)
	}
}
