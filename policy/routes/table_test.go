package routes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/routes"
)

// compile fails the test when the routes have problems.
func compile(t testing.TB, rs ...document.Route) *routes.Table {
	t.Helper()
	var p document.Problems
	table := routes.Compile(rs, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return table
}

func at(path string) document.Route { return document.Route{Name: "r", Path: path} }

// ask matches "METHOD host/path" and returns the route.
func ask(t testing.TB, table *routes.Table, request string) *guard.Request {
	t.Helper()
	method, target, _ := strings.Cut(request, " ")
	slash := strings.IndexByte(target, '/')
	if slash < 0 {
		slash = len(target)
	}
	r := &guard.Request{Method: method, Host: target[:slash], Path: target[slash:], Route: 99}
	v := table.Match(r)
	switch {
	case r.Route >= 0 && v != guard.Allow():
		t.Errorf("%s: route %d and %s", request, r.Route, v.Reason)
	case r.Route < 0 && v != guard.Deny(guard.NoRoute):
		t.Errorf("%s: no route and %s", request, v.Reason)
	case r.Route < -1:
		t.Errorf("%s: route %d", request, r.Route)
	}
	return r
}

func TestMatch(t *testing.T) {
	cases := []struct {
		name   string
		route  document.Route
		taken  []string
		others []string
	}{
		{"root", at("/"), []string{"GET h/"}, []string{"GET h/a", "GET h"}},
		{"literal", at("/a/b"), []string{"GET h/a/b", "GET h/a/b/", "BREW h/a/b"},
			[]string{"GET h/a", "GET h/a/b/c", "GET h/a/B", "GET h/a/bc", "GET h/b/a", "GET h/"}},
		{"literal written with a trailing slash", at("/a/"), []string{"GET h/a", "GET h/a/"}, []string{"GET h/", "GET h/a/b"}},
		{"literal in another spelling", at("/%6Frders%3acancel/a|b"), []string{"GET h/orders:cancel/a%7Cb"}, []string{"GET h/orders%3Acancel/a%7Cb"}},
		{"literal star and braces", at("/%2A/%7Bid%7D"), []string{"GET h/*/%7Bid%7D"}, []string{"GET h/a/%7Bid%7D"}},
		{"literal with parameter", at("/a;v=1"), []string{"GET h/a;v=1"}, []string{"GET h/a"}},
		{"one segment", at("/a/*/c"), []string{"GET h/a/b/c", "GET h/a/*/c/"}, []string{"GET h/a/c", "GET h/a//c", "GET h/a/b/b/c"}},
		{"last segment", at("/a/{id}"), []string{"GET h/a/17", "GET h/a/17/"}, []string{"GET h/a", "GET h/a/", "GET h/a/17/x"}},
		{"rest", at("/a/**"), []string{"GET h/a", "GET h/a/", "GET h/a/b", "GET h/a/b/c/"}, []string{"GET h/", "GET h/ab"}},
		{"everything", at("/**"), []string{"GET h/", "GET h/a", "GET h/a/b"}, []string{"GET h"}},
		{"rest after a capture", at("/a/{x}/**"), []string{"GET h/a/b", "GET h/a/b/c"}, []string{"GET h/a", "GET h/a/"}},
		{"methods", document.Route{Path: "/a", Methods: []string{"POST", "PUT"}}, []string{"POST h/a", "PUT h/a"},
			[]string{"GET h/a", "HEAD h/a", "BREW h/a", "post h/a", " h/a"}},
		{"GET includes HEAD", document.Route{Path: "/a", Methods: []string{"GET"}}, []string{"GET h/a", "HEAD h/a"}, []string{"OPTIONS h/a", "BREW h/a"}},
		{"HEAD includes no GET", document.Route{Path: "/a", Methods: []string{"HEAD"}}, []string{"HEAD h/a"}, []string{"GET h/a"}},
		{"method of no registry", document.Route{Path: "/a", Methods: []string{"M-SEARCH"}}, []string{"M-SEARCH h/a"}, []string{"GET h/a"}},
		{"hosts", document.Route{Path: "/a", Hosts: []string{"a.example", "b.example"}}, []string{"GET a.example/a", "GET b.example/a"},
			[]string{"GET c.example/a", "GET x.a.example/a", "GET a.example.evil/a", "GET /a"}},
		{"wildcard host", document.Route{Path: "/a", Hosts: []string{"*.a.example"}},
			[]string{"GET x.a.example/a", "GET y.x.a.example/a"},
			[]string{"GET a.example/a", "GET xa.example/a", "GET .a.example/a", "GET x.a.example.evil/a", "GET evil-a.example/a", "GET /a"}},
		{"address as host", document.Route{Path: "/a", Hosts: []string{"[::1]"}}, []string{"GET [::1]/a"}, []string{"GET [::2]/a"}},
		{"segments to the bound", at(strings.Repeat("/{x}", 1) + strings.Repeat("/*", 31)), []string{"GET h" + strings.Repeat("/a", 32)},
			[]string{"GET h" + strings.Repeat("/a", 31), "GET h" + strings.Repeat("/a", 33), "GET h" + strings.Repeat("/a", 4000)}},
		{"rest of any length", at("/a/**"), []string{"GET h/a" + strings.Repeat("/a", 4000)}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			table := compile(t, c.route)
			for _, request := range c.taken {
				if r := ask(t, table, request); r.Route != 0 {
					t.Errorf("%.60s is not taken", request)
				}
			}
			for _, request := range c.others {
				if r := ask(t, table, request); r.Route != -1 {
					t.Errorf("%.60s is taken", request)
				}
			}
		})
	}
}

func TestNoRoutesMatchNothing(t *testing.T) {
	if r := ask(t, compile(t), "GET h/"); r.Route != -1 {
		t.Errorf("route %d", r.Route)
	}
}

func TestPathsThatHygieneRefusedMatchNothing(t *testing.T) {
	table := compile(t, at("/**"))
	for _, path := range []string{"", "*", "a", "a/b"} {
		r := &guard.Request{Method: "GET", Host: "h", Path: path}
		if v := table.Match(r); v.Allows() || r.Route != -1 {
			t.Errorf("%q took route %d", path, r.Route)
		}
	}
}

func TestFirstMatchWins(t *testing.T) {
	table := compile(t,
		document.Route{Path: "/a/b", Methods: []string{"POST"}},                 // 0
		document.Route{Path: "/a/{x}", Hosts: []string{"*.h"}},                  // 1
		document.Route{Path: "/*/b"},                                            // 2
		document.Route{Path: "/a/b/c"},                                          // 3
		document.Route{Path: "/a/**", Methods: []string{"GET"}},                 // 4
		document.Route{Path: "/a/{y}/{z}", Hosts: []string{"v.h"}},              // 5
		document.Route{Path: "/**", Methods: []string{"GET", "POST", "DELETE"}}, // 6
	)
	for request, want := range map[string]int{
		"POST v.h/a/b": 0, "GET v.h/a/b": 1, "GET h/a/b": 2, "PUT h/q/b/": 2, "GET h/a/b/c": 3, "GET v.h/a/c/d": 4, "PUT v.h/a/c/d": 5,
		"DELETE h/a/c/d": 6, "POST h/": 6, "PUT h/": -1, "HEAD h/a": 4,
	} {
		if r := ask(t, table, request); r.Route != want {
			t.Errorf("%s took route %d, want %d", request, r.Route, want)
		}
	}
}

func TestCaptures(t *testing.T) {
	table := compile(t,
		at("/v1/tenants/{tenant}/orders/**"),
		at("/v1/*/{a}/x/{b_2}"),
		at("/v1/{c}"),
	)
	cases := []struct {
		request string
		route   int
		want    map[string]string
	}{
		{"GET h/v1/tenants/acme/orders/17/lines", 0, map[string]string{"tenant": "acme"}},
		{"GET h/v1/tenants/acme/orders/", 0, map[string]string{"tenant": "acme"}},
		{"GET h/v1/tenants/a%7Cb/x/y/", 1, map[string]string{"a": "a%7Cb", "b_2": "y"}},
		{"GET h/v1/tenants", 2, map[string]string{"c": "tenants"}},
	}
	for _, c := range cases {
		r := ask(t, table, c.request)
		if r.Route != c.route {
			t.Fatalf("%s took route %d", c.request, r.Route)
		}
		for name, want := range c.want {
			i, ok := table.Capture(c.route, name)
			if !ok || r.Captures[i] != want {
				t.Errorf("%s: {%s} is %d, %v in %q", c.request, name, i, ok, r.Captures[:3])
			}
		}
	}
	for _, c := range []struct {
		route int
		name  string
	}{{0, "id"}, {0, ""}, {1, "tenant"}, {-1, "tenant"}, {3, "tenant"}} {
		if i, ok := table.Capture(c.route, c.name); ok {
			t.Errorf("Capture(%d, %q) = %d", c.route, c.name, i)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	table := compile(t, many(1000)...)
	for _, request := range []string{"GET h/v1/service999/acme/orders/17", "DELETE api.example.com/v1/service7/x/orders", "GET h/nowhere", "PUT w.x.y.example/" + strings.Repeat("a/", 2000)} {
		r := ask(t, table, request)
		if n := testing.AllocsPerRun(100, func() { table.Match(r) }); n != 0 {
			t.Errorf("%.40s: %v allocations", request, n)
		}
	}
}

// many returns n routes as an API of many services has them.
func many(n int) (rs []document.Route) {
	for i := range n {
		r := document.Route{
			Name: fmt.Sprintf("r%d", i), Path: fmt.Sprintf("/v1/service%d/{tenant}/orders/**", i), Methods: []string{"GET", "POST"},
		}
		if i%10 == 3 {
			r.Hosts = []string{"api.example.com", "*.example"}
		}
		rs = append(rs, r)
	}
	return rs
}

func BenchmarkMatch(b *testing.B) {
	cases := map[string]func(n int) []document.Route{
		"services": many,
		"hosts": func(n int) (rs []document.Route) { // the same path on many hosts
			for i := range n {
				rs = append(rs, document.Route{Path: "/v1/**", Hosts: []string{fmt.Sprintf("h%d.example.com", i)}})
			}
			return slices.Insert(rs, n-1, document.Route{Path: "/v1/{a}/{b}/orders", Hosts: []string{"*.example.com"}})
		},
		"captures": func(n int) (rs []document.Route) { // the wildcard and the literal both lead on
			for i := range n {
				rs = append(rs, at(fmt.Sprintf("/v1/{x}/s%d/{y}", i)), at(fmt.Sprintf("/v1/service%d/s%d/*/**", i, i)))
			}
			return rs
		},
	}
	for name, make := range cases {
		for _, n := range []int{10, 1000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				table := compile(b, make(n)...)
				last := n - 2 // 3 more than a multiple of 10 has hosts
				r := &guard.Request{Method: "GET", Host: fmt.Sprintf("h%d.example.com", last), Path: fmt.Sprintf("/v1/service%d/acme/orders/17", last)}
				if name == "captures" {
					r.Path = fmt.Sprintf("/v1/service%d/s%d/a/b/c", last, last)
				}
				b.ReportAllocs()
				for b.Loop() {
					if !table.Match(r).Allows() {
						b.Fatal("no route")
					}
				}
			})
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	rs := many(1000)
	b.ReportAllocs()
	for b.Loop() {
		var p document.Problems
		routes.Compile(rs, &p)
	}
}
