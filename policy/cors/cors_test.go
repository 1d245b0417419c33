package cors

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/routes"
)

// site is a policy's routes with their CORS.
type site struct {
	set   *Set
	table *routes.Table
}

// compile reads a document; cors is the document's section without the braces,
// empty for none, and the routes are elements of their list.
func compile(t testing.TB, cors, routed string) (site, *document.Problems) {
	t.Helper()
	text := `{"version": 1, "cors": {` + cors + `}, "routes": [` + routed + `]}`
	if cors == "" {
		text = strings.Replace(text, `"cors": {}, `, "", 1)
	}
	doc, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p := &document.Problems{}
	return site{Compile(doc, p), routes.Compile(doc.Routes, p)}, p
}

// sound compiles what has no problems.
func sound(t testing.TB, cors, routed string) site {
	t.Helper()
	s, p := compile(t, cors, routed)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// request is one for /a of https://api.example.com, with header lines.
func request(t testing.TB, method string, lines ...string) *guard.Request {
	t.Helper()
	r := &guard.Request{Method: method, Scheme: "https", Host: "api.example.com", Path: "/a", Route: -1, World: guardtest.New("192.0.2.1")}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			t.Fatalf("%q is no header", line)
		}
		r.Headers = append(r.Headers, guard.Header{Name: name, Value: value})
	}
	return r
}

// ask asks the stops in the order of the pipeline.
func (s site) ask(r *guard.Request) guard.Verdict {
	if v := s.set.Preflight(r, s.table); !v.Allows() {
		return v
	}
	if v := s.table.Match(r); !v.Allows() {
		return v
	}
	return s.set.Check(r)
}

// respond returns the headers of a response, those of an upstream or of a denial,
// as they leave: lines, in order.
func (s site) respond(t testing.TB, r *guard.Request, lines ...string) []string {
	t.Helper()
	return s.respondAfter(t, r, false, lines...)
}

// respondAfter does the same behind a guard that may have taken out Vary.
func (s site) respondAfter(t testing.TB, r *guard.Request, removed bool, lines ...string) []string {
	t.Helper()
	world := r.World.(*guardtest.World)
	world.Response = nil
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		world.Response = append(world.Response, guard.Header{Name: name, Value: value})
	}
	r.Headers, r.Method = nil, "" // their memory is gone
	r.Hardening = r.Hardening[:0]
	if removed {
		r.Hardening.Remove("vary")
	}
	if err := s.set.Harden(r); err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Hardening {
		switch e.Op {
		case guard.Add:
			lines = append(lines, e.Name+": "+e.Value)
		case guard.Remove:
			kept := []string{}
			for _, line := range lines {
				if !strings.HasPrefix(line, e.Name+": ") {
					kept = append(kept, line)
				}
			}
			lines = kept
		default:
			t.Fatalf("an edit %d", e.Op)
		}
	}
	return lines
}

const (
	anyRoute = `{"name": "a", "path": "/a", "public": true}`
	named    = `"origins": ["https://app.example.com", "https://*.example.org", "http://dev.example.com:3000"]`
	app      = "origin: https://app.example.com"
	may      = "access-control-allow-origin: https://app.example.com"
)
