package scenario

import (
	"strings"
	"testing"
)

const protected = `A title
-- policy.json --
{}
-- env --
CSRF_KEY=secret
-- steps --
# a
> POST /
> x-csrf-token: {csrf CSRF_KEY abc}
> cookie: a={csrf CSRF_KEY abc}; b={csrf CSRF_KEY abc -60}; c={csrf CSRF_KEY abd}
< 200
forwarded POST /
`

func TestCSRFTokens(t *testing.T) {
	s, err := Parse("x", []byte(protected))
	if err != nil {
		t.Fatal(err)
	}
	step, err := s.protect(s.Steps[0], 1000)
	if err != nil {
		t.Fatal(err)
	}
	token, cookies := Values(step.Request.Headers, "x-csrf-token")[0], Values(step.Request.Headers, "cookie")[0]
	if len(token) != 76 || !strings.HasPrefix(cookies, "a="+token+"; b=") || strings.Count(cookies, token) != 1 || strings.Contains(cookies, "{") {
		t.Errorf("%s\n%s", token, cookies)
	}
	if !strings.Contains(Values(s.Steps[0].Request.Headers, "cookie")[0], "{csrf") {
		t.Error("the scenario was changed by a run")
	}
	delete(s.Env, "CSRF_KEY")
	if _, err := s.protect(s.Steps[0], 1000); err == nil || !strings.Contains(err.Error(), `no variable "CSRF_KEY"`) {
		t.Errorf("%v", err)
	}
}
