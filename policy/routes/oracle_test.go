package routes_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/routes"
)

// oracle is what Match should be: every route is tried, in order.
func oracle(rs []document.Route, r *guard.Request) (route int, captures map[string]string) {
	for i, candidate := range rs {
		captures := map[string]string{}
		if takesHost(candidate.Hosts, r.Host) && takesMethod(candidate.Methods, r.Method) &&
			takesPath(segmentsOf(candidate.Path), segmentsOf(r.Path), captures) {
			return i, captures
		}
	}
	return -1, nil
}

func takesHost(hosts []string, host string) bool {
	return len(hosts) == 0 || slices.ContainsFunc(hosts, func(pattern string) bool {
		suffix, wildcard := strings.CutPrefix(pattern, "*")
		return pattern == host || wildcard && len(host) > len(suffix) && strings.HasSuffix(host, suffix)
	})
}

func takesMethod(methods []string, method string) bool {
	return len(methods) == 0 || slices.Contains(methods, method) || method == "HEAD" && slices.Contains(methods, "GET")
}

func segmentsOf(path string) []string {
	if path = strings.TrimSuffix(path, "/"); path == "" {
		return nil
	}
	return strings.Split(path[1:], "/")
}

func takesPath(pattern, path []string, captures map[string]string) bool {
	switch {
	case len(pattern) == 0:
		return len(path) == 0
	case pattern[0] == "**":
		return true
	case len(path) == 0 || path[0] == "":
		return false
	case pattern[0][0] == '{':
		captures[strings.Trim(pattern[0], "{}")] = path[0]
	case pattern[0] != "*" && pattern[0] != path[0]:
		return false
	}
	return takesPath(pattern[1:], path[1:], captures)
}

func draw[T any](t *rapid.T, what string, from ...T) T { return rapid.SampledFrom(from).Draw(t, what) }

// drawRoute makes a route of few words, so that routes and requests meet.
func drawRoute(t *rapid.T) document.Route {
	var path strings.Builder
	names := []string{"{p}", "{q}", "{r}", "{s}", "{t}"}
	for i := range rapid.IntRange(0, 5).Draw(t, "length") {
		path.WriteString("/" + draw(t, "segment", "a", "b", "c", "*", names[i]))
	}
	path.WriteString(draw(t, "end", "", "", "/", "/**"))
	if path.Len() == 0 {
		path.WriteString("/")
	}
	r := document.Route{Name: "r", Path: path.String()}
	r.Hosts = draw(t, "hosts", nil, nil, []string{"h.i"}, []string{"*.i"}, []string{"*.h.i", "i"}, []string{"h.i", "g.h.i"})
	r.Methods = draw(t, "methods", nil, nil, []string{"GET"}, []string{"POST", "PUT"}, []string{"HEAD"}, []string{"GET", "POST"})
	return r
}

func drawRequest(t *rapid.T) *guard.Request {
	path := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"/a", "/b", "/c", "/d"}), 0, 7).Draw(t, "path"), "") + draw(t, "slash", "", "/")
	if path == "" {
		path = "/"
	}
	return &guard.Request{
		Method: draw(t, "method", "GET", "HEAD", "POST", "PUT", "BREW"),
		Host:   draw(t, "host", "h.i", "i", "g.h.i", "x.i", "hh.i", "e.g.h.i", "z"),
		Path:   path,
	}
}

// Routes that can never match are left out of the table and not of the oracle,
// so that this holds the search for them to its word too.
func TestMatchIsTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := rapid.SliceOfN(rapid.Custom(drawRoute), 1, 25).Draw(t, "routes")
		table := routes.Compile(rs, new(document.Problems))
		for range 20 {
			checkMatch(t, table, rs, drawRequest(t))
		}
	})
}

func checkMatch(t interface{ Fatalf(string, ...any) }, table *routes.Table, rs []document.Route, r *guard.Request) {
	want, captures := oracle(rs, r)
	if v := table.Match(r); r.Route != want || v.Allows() != (want >= 0) {
		t.Fatalf("%s %s%s took route %d with %s; the oracle has %d", r.Method, r.Host, r.Path, r.Route, v.Reason, want)
	}
	for name, value := range captures {
		if i, ok := table.Capture(r.Route, name); !ok || r.Captures[i] != value {
			t.Fatalf("%s: {%s} is %q (%v), want %q", r.Path, name, r.Captures[i], ok, value)
		}
	}
}

// ambiguous returns a route for each way to write ten segments as a literal or
// a star: the trie whose search goes both ways at every segment. Literals come
// first, so that nothing is shadowed.
func ambiguous() (rs []document.Route) {
	for i := range 1 << 10 {
		var path strings.Builder
		for bit := range 10 {
			path.WriteString([]string{"/a", "/*"}[i>>bit&1])
		}
		rs = append(rs, document.Route{Path: path.String() + "/z", Methods: []string{"GET"}})
	}
	return rs
}

func TestAmbiguousPolicy(t *testing.T) {
	rs := ambiguous()
	table := compile(t, rs...)
	for _, segment := range []string{"/a", "/b"} {
		for _, method := range []string{"GET", "POST"} {
			checkMatch(t, table, rs, &guard.Request{Method: method, Path: strings.Repeat(segment, 10) + "/z"})
		}
	}
}

// The worst case is every node of the trie once, and that takes a policy that
// is ambiguous at every segment and a request that no route takes.
func BenchmarkMatchWorst(b *testing.B) {
	table := compile(b, ambiguous()...)
	r := &guard.Request{Method: "POST", Path: strings.Repeat("/a", 10) + "/z"}
	for b.Loop() {
		table.Match(r)
	}
}

var matchSeeds = [][3]string{
	{"GET", "api.example.com", "/v1/orders/17"}, {"HEAD", "x.example.com", "/v1/orders/"}, {"POST", "", "/"}, {"", "example.com", ""},
	{"PUT", "a.b.example.com", "/v1//a"}, {"GET", "[::1]", "/v1/tenants/acme/orders/1/2/3"}, {"BREW", ".example.com", "//"}, {"GET", "h", "x"},
}

func FuzzMatch(f *testing.F) {
	if len(matchSeeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range matchSeeds {
		f.Add(seed[0], seed[1], seed[2])
	}
	rs := []document.Route{
		{Path: "/v1/orders/{id}", Methods: []string{"GET"}, Hosts: []string{"api.example.com"}},
		{Path: "/v1/{kind}/*", Methods: []string{"POST"}, Hosts: []string{"*.example.com"}},
		{Path: "/v1/tenants/{tenant}/orders/**"},
		{Path: "/*/{a}/{b}/c", Methods: []string{"PUT", "BREW"}},
		{Path: "/", Methods: []string{"GET"}},
		{Path: "/v1/**", Hosts: []string{"[::1]", "*.b.example.com"}},
	}
	table := compile(f, rs...)
	f.Fuzz(func(t *testing.T, method, host, path string) {
		r := &guard.Request{Method: method, Host: host, Path: path}
		if strings.HasPrefix(path, "/") && !strings.HasSuffix(path, "//") && !strings.HasPrefix(host, ".") {
			checkMatch(t, table, rs, r)
			return
		}
		table.Match(r) // no path or host of hygiene: it must only not panic
	})
}
