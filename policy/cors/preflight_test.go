package cors

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

const (
	asksPut    = "access-control-request-method: PUT"
	varyAlways = "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
	putSection = named + `, "methods": ["GET", "PUT"], "request_headers": ["Content-Type", "x-a"], "max_age": "1h"`
	granted    = "access-control-allow-methods: PUT"
)

func asks(headers string) string { return "access-control-request-headers: " + headers }

func TestPreflights(t *testing.T) {
	want := func(more ...string) []string {
		return slices.Concat([]string{varyAlways, may, granted}, more, []string{"access-control-max-age: 3600"})
	}
	for _, c := range []struct {
		name   string
		cors   string
		method string
		asks   []string
		want   []string // nil: denied
	}{
		{"nothing but a method", putSection, "PUT", nil, want()},
		{"a header", putSection, "PUT", []string{asks("content-type")}, want("access-control-allow-headers: content-type")},
		{"in other letters and another order", putSection, "PUT", []string{asks("X-A, Content-TYPE")}, want("access-control-allow-headers: x-a, content-type")},
		{"two fields", putSection, "PUT", []string{asks("x-a"), asks("content-type")}, want("access-control-allow-headers: x-a, content-type")},
		{"empty elements", putSection, "PUT", []string{asks(", x-a,\t,")}, want("access-control-allow-headers: x-a")},
		{"an empty list", putSection, "PUT", []string{asks("")}, want()},
		{"headers that every page may send", putSection, "PUT", []string{asks("accept,content-language")}, want("access-control-allow-headers: accept, content-language")},
		{"as many as are read", putSection, "PUT", []string{asks("x-a" + strings.Repeat(",", maxAsked-1))}, want("access-control-allow-headers: x-a")},

		{"a header that is not named", putSection, "PUT", []string{asks("x-b")}, nil},
		{"beside one that is", putSection, "PUT", []string{asks("x-a"), asks("x-b")}, nil},
		{"JSON, where it is not named", named + `, "methods": ["PUT"]`, "PUT", []string{asks("content-type")}, nil},
		{"the beginning of a name", putSection, "PUT", []string{asks("x-")}, nil},
		{"a name with a space", putSection, "PUT", []string{asks("x-a x-a")}, nil},
		{"too many", putSection, "PUT", []string{asks(strings.Repeat("x-a,", maxAsked) + "x-a")}, nil},
		{"too many fields", putSection, "PUT", slices.Repeat([]string{asks("x-a")}, maxAsked+1), nil},
		{"too long", putSection, "PUT", []string{asks("x-a," + strings.Repeat(" ", maxAskedBytes))}, nil},
		{"a method that is not named", putSection, "DELETE", nil, nil},
		{"a method that needs no preflight", putSection, "POST", nil, nil},
		{"in small letters", putSection, "put", nil, nil},
		{"no method", putSection, "", nil, nil},
		{"two methods", putSection, "PUT", []string{asksPut}, nil},
		{"two methods, joined", putSection, "PUT,PUT", nil, nil},
		{"two origins", putSection, "PUT", []string{app}, nil},

		{"HEAD by GET", `"origins": ["https://app.example.com"], "methods": ["GET"], "max_age": "0s"`, "HEAD", nil,
			[]string{varyAlways, may, "access-control-allow-methods: HEAD", "access-control-max-age: 0"}},
		{"credentials", `"origins": ["https://app.example.com"], "credentials": true`, "POST", nil,
			[]string{varyAlways, may, "access-control-allow-credentials: true", "access-control-allow-methods: POST", "access-control-max-age: 5"}},
		{"everybody, with any header", `"origins": ["*"], "request_headers": ["*"]`, "POST", []string{asks("x-1,x-2")},
			[]string{varyAlways, "access-control-allow-origin: *", "access-control-allow-methods: POST", "access-control-allow-headers: x-1, x-2", "access-control-max-age: 5"}},
		{"which is not that of credentials", `"origins": ["*"], "request_headers": ["*"]`, "POST", []string{asks("Authorization")}, nil},
		{"unless it is named", `"origins": ["*"], "request_headers": ["*", "authorization"]`, "POST", []string{asks("authorization")},
			[]string{varyAlways, "access-control-allow-origin: *", "access-control-allow-methods: POST", "access-control-allow-headers: authorization", "access-control-max-age: 5"}},
		{"any header is one still", `"origins": ["*"], "request_headers": ["*"]`, "POST", []string{asks("x-1;x-2")}, nil},
		{"a private network", `"origins": ["https://app.example.com"], "private_network": true`, "POST", []string{askedPrivate + ": true"},
			[]string{varyAlways + ", Access-Control-Request-Private-Network", may, "access-control-allow-methods: POST", "access-control-max-age: 5", "access-control-allow-private-network: true"}},
		{"a private network that is not asked for", `"origins": ["https://app.example.com"], "private_network": true`, "POST", nil,
			[]string{varyAlways + ", Access-Control-Request-Private-Network", may, "access-control-allow-methods: POST", "access-control-max-age: 5"}},
		{"a private network that is not named", `"origins": ["https://app.example.com"]`, "POST", []string{askedPrivate + ": true"},
			[]string{varyAlways, may, "access-control-allow-methods: POST", "access-control-max-age: 5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sound(t, c.cors, anyRoute)
			r := request(t, "OPTIONS", append([]string{app, askedMethod + ": " + c.method}, c.asks...)...)
			v := s.ask(r)
			got := s.respond(t, r)
			switch {
			case c.want == nil && (v.Reason != guard.PreflightDenied || !slices.Equal(got, []string{varyAlways})):
				t.Errorf("got %s, %q", v.Reason, got)
			case c.want != nil && (!v.Serves() || v.Reply.Status != 204 || !slices.Equal(got, c.want)):
				t.Errorf("got %s, %q", v.Reason, got)
			}
			if r.Route != 0 {
				t.Errorf("route %d", r.Route)
			}
		})
	}
}

// TestEverybodyHasAnOrigin: what is none is refused a preflight even where all
// may read.
func TestEverybodyHasAnOrigin(t *testing.T) {
	s := sound(t, `"origins": ["*"]`, anyRoute)
	for origin, want := range map[string]guard.Reason{
		"https://evil.example": guard.Served, "null": guard.Served, "capacitor://localhost": guard.Served,
		"": guard.PreflightDenied, "*": guard.PreflightDenied, "https://a.example,https://a.example": guard.PreflightDenied,
		"https://a.example/": guard.PreflightDenied, "https://" + strings.Repeat("a.", 160) + "example": guard.PreflightDenied,
		strings.Repeat("a", maxOrigin) + "://a": guard.PreflightDenied,
	} {
		if v := s.ask(request(t, "OPTIONS", "origin: "+origin, askedMethod+": POST")); v.Reason != want {
			t.Errorf("%q: %s", origin, v.Reason)
		}
	}
}

// TestWhoseRoute: the route of the method that is asked about decides.
func TestWhoseRoute(t *testing.T) {
	const all = `{"name": "deleted", "path": "/a", "methods": ["DELETE"], "public": true, "cors": "none"},
		{"name": "read", "path": "/a", "methods": ["GET"], "public": true},
		{"name": "options", "path": "/a", "methods": ["OPTIONS"], "public": true, "cors": %s}`
	const section = `{"origins": ["https://app.example.com"], "methods": ["OPTIONS"]}`
	for _, c := range []struct {
		name, options, method, origin string
		reason                        guard.Reason
		route                         int
	}{
		{"of a route with CORS", section, "GET", app, guard.Served, 1},
		{"its HEAD", section, "HEAD", app, guard.Served, 1},
		{"for another page", section, "GET", "origin: https://evil.example", guard.PreflightDenied, 1},
		{"of a route without", section, "DELETE", app, guard.Allowed, 2},
		{"of no route, where OPTIONS has CORS", section, "PUT", app, guard.PreflightDenied, 2},
		{"of no route, where OPTIONS has none", `"none"`, "PUT", app, guard.Allowed, 2},
		{"for OPTIONS", section, "OPTIONS", app, guard.Served, 2},
		{"of no method", section, "", app, guard.PreflightDenied, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sound(t, named+`, "methods": ["GET", "HEAD", "PUT", "DELETE"]`, fmt.Sprintf(all, c.options))
			r := request(t, "OPTIONS", c.origin, askedMethod+": "+c.method)
			if v := s.ask(r); v.Reason != c.reason || r.Route != c.route {
				t.Errorf("got %s of route %d", v.Reason, r.Route)
			}
		})
	}
}

// TestNoPreflight: what lacks one of its parts is any other request.
func TestNoPreflight(t *testing.T) {
	s := sound(t, putSection, anyRoute)
	for name, r := range map[string]*guard.Request{
		"another method": request(t, "GET", app, asksPut),
		"no origin":      request(t, "OPTIONS", asksPut),
		"no method":      request(t, "OPTIONS", app),
	} {
		if v := s.set.Preflight(r, s.table); !v.Allows() || r.Route != -1 || r.Page != (guard.Page{}) {
			t.Errorf("%s: %s, %+v", name, v.Reason, r.Page)
		}
	}
	r := request(t, "OPTIONS", app, asksPut)
	if r.Path = "/b"; s.ask(r).Reason != guard.NoRoute {
		t.Error("a path of no route")
	}
	if r.Path = ""; s.ask(r).Reason != guard.NoRoute {
		t.Error("no path, as after a report of hygiene")
	}
}

// TestARefusalThatIsReported leaves the upstream's answer as it is.
func TestARefusalThatIsReported(t *testing.T) {
	s := sound(t, putSection, anyRoute)
	r := request(t, "OPTIONS", "origin: https://evil.example", asksPut)
	if v := s.ask(r); v.Reason != guard.PreflightDenied {
		t.Fatal(v.Reason)
	}
	if got := s.respond(t, r, "access-control-allow-origin: *"); !slices.Equal(got, []string{"access-control-allow-origin: *", varyAlways}) {
		t.Errorf("got %q", got)
	}
}
