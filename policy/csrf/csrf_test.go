package csrf

import (
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/hygiene"
)

const (
	now     = int64(1_764_000_000) * int64(time.Second)
	secretA = "a secret of thirty-two bytes, A!"
	secretB = "a secret of thirty-two bytes, B!"
	tokens  = `"token": {"secret": {"env": "A"}, "session_cookie": "__Host-session"}`
)

var environment = map[string]string{"A": secretA, "B": secretB, "SHORT": secretA[:31]}

// reading is an identity that reads some places.
type reading struct {
	authenticate.Identity
	sources []credential.Source
}

func (i reading) Sources() []credential.Source { return i.sources }

func from(sources ...credential.Source) authenticate.Identity { return reading{sources: sources} }

var (
	bearer  = credential.Source{Header: "authorization", Scheme: "bearer"}
	cookied = credential.Source{Cookie: "jwt"}
)

// compile reads a document with one route, whose members are more; csrf is the
// document's section, without the braces.
func compile(t testing.TB, csrf, more string, callers ...authenticate.Identity) (*Set, *document.Problems) {
	t.Helper()
	text := `{"version": 1, "csrf": {` + csrf + `}, "routes": [{"name": "a", "path": "/a"` + more + `}]}`
	if csrf == "" {
		text = strings.Replace(text, `"csrf": {}, `, "", 1)
	}
	doc, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p := &document.Problems{}
	secret := func(s document.Secret, _ document.Path) []byte {
		if s.Env == "" {
			return []byte(s.Value)
		}
		return []byte(environment[s.Env])
	}
	return Compile(doc, func(int) []authenticate.Identity { return callers }, secret, p), p
}

// sound compiles what has no problems.
func sound(t testing.TB, csrf, more string, callers ...authenticate.Identity) *Set {
	t.Helper()
	s, p := compile(t, csrf, more, callers...)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// request is one on https://api.example.com, with header lines, as hygiene and
// routes leave it.
func request(t testing.TB, method string, lines ...string) *guard.Request {
	t.Helper()
	r := &guard.Request{Method: method, Scheme: "https", Authority: "api.example.com", Path: "/a", Now: now, World: guardtest.New("192.0.2.1")}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ": ")
		switch {
		case !ok:
			t.Fatalf("%q is no header", line)
		case name == ":scheme":
			r.Scheme = value
		case name == ":authority":
			r.Authority = value
		case name == ":path":
			r.Path = value
		default:
			r.Headers = append(r.Headers, guard.Header{Name: name, Value: value})
		}
	}
	var ok bool
	if r.Host, ok = hygiene.ParseHost(r.Authority, &r.Scratch); !ok {
		t.Fatalf("%q is no host", r.Authority)
	}
	return r
}
