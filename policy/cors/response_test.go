package cors

import (
	"errors"
	"slices"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/routes"
)

func TestResponses(t *testing.T) {
	const credentials = named + `, "credentials": true, "expose": ["X-Request-Id", "x-total"]`
	for _, c := range []struct {
		name     string
		cors     string
		asks     []string
		upstream []string
		want     []string
	}{
		{"an origin that is named", named, []string{app}, nil, []string{"vary: Origin", may}},
		{"with all that it may", credentials, []string{app}, nil,
			[]string{"vary: Origin", may, "access-control-allow-credentials: true", "access-control-expose-headers: x-request-id, x-total"}},
		{"a subdomain", named, []string{"origin: https://a.example.org"}, nil, []string{"vary: Origin", "access-control-allow-origin: https://a.example.org"}},
		{"a port", named, []string{"origin: http://dev.example.com:3000"}, nil, []string{"vary: Origin", "access-control-allow-origin: http://dev.example.com:3000"}},
		{"the port of the scheme, written", named, []string{app + ":443"}, nil, []string{"vary: Origin", may + ":443"}},
		{"no origin", credentials, nil, []string{"etag: 1"}, []string{"etag: 1", "vary: Origin"}},
		{"an origin that is not", credentials, []string{"origin: https://evil.example"}, nil, []string{"vary: Origin"}},
		{"two origins", credentials, []string{app, app}, nil, []string{"vary: Origin"}},
		{"two origins, joined", credentials, []string{app + ",https://app.example.com"}, nil, []string{"vary: Origin"}},
		{"null", credentials, []string{"origin: null"}, nil, []string{"vary: Origin"}},
		{"null, where it is named", `"origins": ["null"]`, []string{"origin: null"}, nil, []string{"vary: Origin", "access-control-allow-origin: null"}},
		{"an empty origin", `"origins": ["null"]`, []string{"origin: "}, nil, []string{"vary: Origin"}},
		{"everybody", `"origins": ["*"]`, []string{"origin: https://evil.example"}, nil, []string{"access-control-allow-origin: *"}},
		{"everybody, and who says nothing", `"origins": ["*"], "expose": ["*", "authorization"]`, nil, []string{"vary: accept"},
			[]string{"vary: accept", "access-control-allow-origin: *", "access-control-expose-headers: *, authorization"}},
		{"the upstream's own are replaced", named, []string{app},
			[]string{"access-control-allow-origin: *", "content-type: a/b", "access-control-allow-origin: https://app.example.com", "access-control-allow-credentials: true", "access-control-expose-headers: *", "access-control-anything: 1"},
			[]string{"content-type: a/b", "vary: Origin", may}},
		{"and removed", named, []string{"origin: https://evil.example"},
			[]string{"access-control-allow-origin: https://evil.example", "access-control-allow-credentials: true"}, []string{"vary: Origin"}},
		{"the upstream varies by something else", named, nil, []string{"vary: accept-encoding"}, []string{"vary: accept-encoding", "vary: Origin"}},
		{"the upstream varies by the origin", named, nil, []string{"vary: accept, ORIGIN"}, []string{"vary: accept, ORIGIN"}},
		{"in its second field", named, nil, []string{"vary: accept", "vary: origin"}, []string{"vary: accept", "vary: origin"}},
		{"by something like it", named, nil, []string{"vary: x-origin"}, []string{"vary: x-origin", "vary: Origin"}},
		{"by all", named, []string{app}, []string{"vary: *"}, []string{"vary: *", may}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sound(t, c.cors, anyRoute)
			r := request(t, "GET", c.asks...)
			if v := s.ask(r); !v.Allows() {
				t.Fatal(v.Reason)
			}
			if got := s.respond(t, r, c.upstream...); !slices.Equal(got, c.want) {
				t.Errorf("got %q", got)
			}
			if got := s.respond(t, r); c.upstream == nil && !slices.Equal(got, c.want) {
				t.Errorf("for an answer that stands in for another: %q", got)
			}
		})
	}
}

// TestRoutesDiffer: a section of a route stands in the place of the document's,
// and "none" leaves the upstream's headers alone.
func TestRoutesDiffer(t *testing.T) {
	own := `{"name": "a", "path": "/a", "public": true, "cors": {"origins": ["https://other.example"]}}`
	none := `{"name": "a", "path": "/a", "public": true, "cors": "none"}, {"name": "b", "path": "/b", "public": true}`
	for _, c := range []struct {
		name, cors, routed, origin string
		want                       []string
	}{
		{"the document's", named, anyRoute, app, []string{"vary: Origin", may}},
		{"the route's", named, own, "origin: https://other.example", []string{"vary: Origin", "access-control-allow-origin: https://other.example"}},
		{"not the document's", named, own, app, []string{"vary: Origin"}},
		{"the route's alone", "", own, "origin: https://other.example", []string{"vary: Origin", "access-control-allow-origin: https://other.example"}},
		{"none", named, none, app, []string{"access-control-allow-origin: upstream"}},
		{"no section", "", anyRoute, app, []string{"access-control-allow-origin: upstream"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sound(t, c.cors, c.routed)
			r := request(t, "GET", c.origin)
			if v := s.ask(r); !v.Allows() {
				t.Fatal(v.Reason)
			}
			if got := s.respond(t, r, "access-control-allow-origin: upstream"); !slices.Equal(got, c.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// TestVaryOfEveryResponse: what the section "headers" puts in the place of Vary, or
// takes out, leaves nothing of what the upstream says there.
func TestVaryOfEveryResponse(t *testing.T) {
	for _, c := range []struct {
		name, response string
		removed        bool // as package headers records it, before
		want           []string
	}{
		{"set", `"set": {"Vary": "accept-encoding"}`, false, []string{"vary: accept, Origin", "vary: Origin"}},
		{"set to vary by origin", `"set": {"vary": "accept-encoding, origin"}`, false, []string{"vary: accept, Origin"}},
		{"removed", `"remove": ["vary"]`, true, []string{"vary: Origin"}},
		{"neither", `"remove": ["x-vary"]`, false, []string{"vary: accept, Origin"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := document.Parse([]byte(`{"version": 1, "headers": {"response": {` + c.response + `}}, "cors": {` + named + `}, "routes": [` + anyRoute + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			p := &document.Problems{}
			s := site{Compile(doc, p), routes.Compile(doc.Routes, p)}
			r := request(t, "GET")
			if v := s.ask(r); !v.Allows() || p.Err() != nil {
				t.Fatal(v.Reason, p.Err())
			}
			if got := s.respondAfter(t, r, c.removed, "vary: accept, Origin"); !slices.Equal(got, c.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// TestAResponseThatCannotBeReadDoesNotLeave: it may name any origin.
func TestAResponseThatCannotBeReadDoesNotLeave(t *testing.T) {
	s, r, broken := sound(t, named, anyRoute), request(t, "GET", app), errors.New("broken")
	s.ask(r)
	r.World.(*guardtest.World).Before = func(call, _ string) error {
		if call == guardtest.Responses {
			return broken
		}
		return nil
	}
	if err := s.set.Harden(r); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestNothingIsAllocated by requests, preflights and responses.
func TestNothingIsAllocated(t *testing.T) {
	s := sound(t, named+`, "credentials": true, "request_headers": ["content-type", "x-a"], "expose": ["x-b"]`, anyRoute)
	wild := sound(t, `"origins": ["*"]`, anyRoute)
	for _, c := range []struct {
		name string
		site site
		r    *guard.Request
	}{
		{"an exact origin", s, request(t, "GET", app)},
		{"a subdomain", s, request(t, "GET", "origin: https://a.example.org")},
		{"a foreign origin", s, request(t, "GET", "origin: https://evil.example")},
		{"no origin", s, request(t, "GET")},
		{"everybody", wild, request(t, "GET", app)},
		{"a preflight", s, request(t, "OPTIONS", "origin: https://a.example.org", "access-control-request-method: POST", "access-control-request-headers: Content-Type, x-a")},
	} {
		c.r.World.(*guardtest.World).Response = []guard.Header{{Name: "access-control-allow-origin", Value: "*"}, {Name: "vary", Value: "accept"}}
		stream := func() {
			c.r.Page, c.r.Hardening = guard.Page{}, c.r.Hardening[:0]
			c.r.Scratch.Reset()
			if v := c.site.ask(c.r); v.Reason.Denies() {
				t.Fatal(v.Reason)
			}
			if err := c.site.set.Harden(c.r); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			stream()
		}
		if n := testing.AllocsPerRun(100, stream); n != 0 {
			t.Errorf("%s: %v allocations, want 0", c.name, n)
		}
	}
}

func BenchmarkGuard(b *testing.B) {
	s := sound(b, named+`, "credentials": true`, anyRoute)
	fill := []string{"accept: */*", "accept-language: en", "user-agent: Mozilla/5.0", "x-request-id: 1", "content-type: application/json"}
	for _, c := range []struct{ name, origin string }{
		{"exact", app}, {"subdomain", "origin: https://a.example.org"}, {"foreign", "origin: https://evil.example"}, {"none", "x-origin: a"},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := request(b, "GET", append(fill, c.origin)...)
			r.World.(*guardtest.World).Calls = nil
			r.Route = 0
			b.ReportAllocs()
			for b.Loop() {
				r.Page, r.Hardening = guard.Page{}, r.Hardening[:0]
				r.Scratch.Reset()
				if v := s.set.Check(r); !v.Allows() {
					b.Fatal(v.Reason)
				}
				if err := s.set.Harden(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
