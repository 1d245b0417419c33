package scenario

import "testing"

const withService = `A service

-- policy.json --
{"version": 1}
-- service --
> GET /a?b=c
^ x-a: 1
^^ one
^^ two

> POST /b
upstream 503

> POST /c
>> token=x
upstream 201
-- steps --
# a step
> GET /
< 200
forwarded GET /
asked 1
`

func TestService(t *testing.T) {
	s, err := Parse("service", []byte(withService))
	if err != nil {
		t.Fatal(err)
	}
	got := Serve(s.Service, "GET", "/a?b=c", nil)
	if got.Status != 200 || string(got.Body) != "one\ntwo" || len(got.Headers) != 1 {
		t.Errorf("GET /a?b=c is answered %+v", got)
	}
	for _, c := range []struct {
		method, target, body string
		status               int
	}{{"POST", "/b", "any", 503}, {"GET", "/b", "", 404}, {"GET", "/a", "", 404}, {"POST", "/c", "token=x", 201}, {"POST", "/c", "token=xy", 404}, {"POST", "/c", "", 404}} {
		if got := Serve(s.Service, c.method, c.target, []byte(c.body)); got.Status != c.status {
			t.Errorf("%s %s: status %d, want %d", c.method, c.target, got.Status, c.status)
		}
	}
	if n := s.Steps[0].Want.Asked; n == nil || *n != 1 {
		t.Errorf("asked is %v, want 1", n)
	}
}

func TestServiceMalformed(t *testing.T) {
	for name, text := range map[string]string{
		"no request line": "upstream 200\n", "a header of the request": "> GET /a\n> x-a: 1\n", "another word": "> GET /a\n< 200\n",
	} {
		data := "t\n-- policy.json --\n{}\n-- service --\n" + text + "-- steps --\n# a\n> GET /\n< 200\nforwarded GET /\n"
		if _, err := Parse("service", []byte(data)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
