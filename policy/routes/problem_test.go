package routes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/routes"
)

func TestProblems(t *testing.T) {
	hosts := func(hosts ...string) document.Route { return document.Route{Path: "/a", Hosts: hosts} }
	methods := func(methods ...string) document.Route { return document.Route{Path: "/a", Methods: methods} }
	cases := []struct {
		name  string
		route document.Route
		want  string // the problem begins so
	}{
		{"path absent", document.Route{}, `routes[0].path is "": write a path from the root, like "/"`},
		{"path not from the root", at("orders"), `routes[0].path is "orders": write a path from the root, like "/orders"`},
		{"path with a host", at("https://h/a"), `routes[0].path is "https://h/a"`},
		{"only slashes", at("//"), `routes[0].path has an empty segment`},
		{"empty segment", at("/a//b"), `routes[0].path has an empty segment: write one slash`},
		{"two trailing slashes", at("/a//"), `routes[0].path has an empty segment`},
		{"rest before the end", at("/**/a"), `routes[0].path has ** before its end: write ** as the last`},
		{"rest twice", at("/a/**/**"), `routes[0].path has ** before its end`},
		{"star in a segment", at("/v*/a"), `routes[0].path has the segment "v*": {name}, * and **`},
		{"three stars", at("/a/***"), `routes[0].path has the segment "***"`},
		{"brace in a segment", at("/a/x{id}"), `routes[0].path has the segment "x{id}"`},
		{"brace not closed", at("/a/{id"), `routes[0].path has the segment "{id"`},
		{"brace alone", at("/a/}"), `routes[0].path has the segment "}"`},
		{"two captures in a segment", at("/{a}-{b}"), `routes[0].path has the segment "{a}-{b}": write a name`},
		{"capture without a name", at("/{}"), `routes[0].path has the segment "{}": write a name`},
		{"capture in upper case", at("/{Id}"), `routes[0].path has the segment "{Id}": write a name of lower-case`},
		{"capture with a digit in front", at("/{1a}"), `routes[0].path has the segment "{1a}"`},
		{"capture with a pattern", at("/{id=*}"), `routes[0].path has the segment "{id=*}"`},
		{"capture twice", at("/{id}/a/{id}"), `routes[0].path has {id} twice: give each`},
		{"captures oversized", at(numbered("/{c%d}", 17)), `routes[0].path has more than 16 captures: write *`},
		{"segments oversized", at(strings.Repeat("/a", 33)), `routes[0].path has 33 segments: write at most 32`},
		{"dot segment", at("/a/./b"), `routes[0].path has the segment ".": write the path that it resolves to`},
		{"dot segments", at("/a/.."), `routes[0].path has the segment ".."`},
		{"query", at("/a?b=1"), `routes[0].path has the segment "a?b=1": leave query and fragment out`},
		{"fragment", at("/a#b"), `routes[0].path has the segment "a#b": leave query`},
		{"encoded slash", at("/a%2fb"), `routes[0].path has the segment "a%2fb", which no request can have`},
		{"double encoding", at("/%2561"), `routes[0].path has the segment "%2561", which no request can have`},
		{"broken escape", at("/100%"), `routes[0].path has the segment "100%", which no request can have`},
		{"encoded dot segment", at("/%2e%2e/a"), `routes[0].path has the segment "%2e%2e", which no request can have`},
		{"raw UTF-8", at("/café"), `routes[0].path has the segment "café", which no request can have: percent-encode`},
		{"space", at("/a b"), `routes[0].path has the segment "a b", which no request can have`},

		{"host empty", hosts(""), `routes[0].hosts[0] is "": write one host name`},
		{"host in upper case", hosts("a", "API.example.com"), `routes[0].hosts[1] is "API.example.com": write "api.example.com"`},
		{"host with a port", hosts("a.example:443"), `routes[0].hosts[0] is "a.example:443": write "a.example"`},
		{"host with a scheme", hosts("https://a.example"), `routes[0].hosts[0] is "https://a.example": write one host name`},
		{"host with a trailing dot", hosts("a.example."), `routes[0].hosts[0] is "a.example.": write one`},
		{"any host", hosts("*"), `routes[0].hosts[0] is "*": leave hosts out`},
		{"star in a label", hosts("a*.example"), `routes[0].hosts[0] is "a*.example": write * only as the whole first label`},
		{"star in the middle", hosts("a.*.example"), `routes[0].hosts[0] is "a.*.example": write * only`},
		{"two stars", hosts("*.*.example"), `routes[0].hosts[0] is "*.*.example": write * only`},
		{"star and nothing", hosts("*."), `routes[0].hosts[0] is "*.": write one host name`},
		{"wildcard in upper case", hosts("*.A.example"), `routes[0].hosts[0] is "*.A.example": write "*.a.example"`},
		{"wildcard of an address", hosts("*.[::1]"), `routes[0].hosts[0] is "*.[::1]": write the address alone`},
		{"address in another spelling", hosts("[0::1]"), `routes[0].hosts[0] is "[0::1]": write "[::1]"`},
		{"host twice", hosts("a", "a"), `routes[0].hosts[1] is "a" again: write each host once`},

		{"method empty", methods(""), `routes[0].methods[0] is "": write a method in upper-case`},
		{"method in lower case", methods("GET", "post"), `routes[0].methods[1] is "post": write a method in upper-case`},
		{"any method", methods("*"), `routes[0].methods[0] is "*": write a method`},
		{"method twice", methods("GET", "GET"), `routes[0].methods[1] is "GET" again: write each method once`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			table := routes.Compile([]document.Route{c.route}, &p)
			if len(p.List()) != 1 || !strings.HasPrefix(p.List()[0].String(), c.want) {
				t.Errorf("problems are %v", p.List())
			}
			for _, request := range []string{"GET a/a", "GET a/", "GET a.example/orders"} {
				if r := ask(t, table, request); r.Route != -1 {
					t.Errorf("the route takes %s all the same", request)
				}
			}
		})
	}
}

// numbered repeats a format with 0 to n-1.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestAllProblemsOfARouteAreTold(t *testing.T) {
	var p document.Problems
	routes.Compile([]document.Route{at("/ok"), {Path: "x", Hosts: []string{"*", "B"}, Methods: []string{"get"}}}, &p)
	if len(p.List()) != 4 {
		t.Errorf("problems are %v", p.List())
	}
}

func TestTooManyMethods(t *testing.T) {
	var names []string
	for i := range 62 {
		names = append(names, fmt.Sprintf("M%d", i))
	}
	names = slices.Clip(names)
	cases := []struct {
		name    string
		methods []string
		want    string
	}{
		{"at the bound", append(names, "POST"), ""},
		{"over it", append(names, "POST", "PUT"), `routes[0].methods[63] is "PUT", one method too many`},
		{"over it by HEAD", append(names, "GET"), `routes[0].methods includes HEAD by GET, one method too many`},
	}
	for _, c := range cases {
		var p document.Problems
		routes.Compile([]document.Route{{Path: "/a", Methods: c.methods}}, &p)
		if c.want == "" && p.Err() != nil || c.want != "" && (len(p.List()) != 1 || !strings.HasPrefix(p.List()[0].String(), c.want)) {
			t.Errorf("%s: problems are %v", c.name, p.List())
		}
	}
}

func TestShadowedRoutes(t *testing.T) {
	get, post := []string{"GET"}, []string{"POST"}
	cases := []struct {
		name     string
		earlier  document.Route
		later    document.Route
		shadowed bool
	}{
		{"the same", at("/a"), at("/a"), true},
		{"another spelling", at("/a"), at("/%61/"), true},
		{"another name", at("/{a}"), at("/{b}"), true},
		{"name and star", at("/*"), at("/{b}"), true},
		{"rest behind", at("/a/**"), at("/a/{b}/c"), true},
		{"rest behind rest", at("/a/**"), at("/a/b/**"), true},
		{"rest without a segment", at("/a/**"), at("/a"), true},
		{"everything", at("/**"), at("/"), true},
		{"star before a literal", at("/*/b"), at("/a/b"), true},
		{"methods are fewer", at("/a"), document.Route{Path: "/a", Methods: get}, true},
		{"GET takes HEAD", document.Route{Path: "/a", Methods: get}, document.Route{Path: "/a", Methods: []string{"HEAD"}}, true},
		{"any host", at("/a"), document.Route{Path: "/a", Hosts: []string{"h", "*.i"}}, true},
		{"hosts are fewer", document.Route{Path: "/a", Hosts: []string{"h", "i"}}, document.Route{Path: "/a", Hosts: []string{"i"}}, true},
		{"wildcard and host", document.Route{Path: "/a", Hosts: []string{"*.i"}}, document.Route{Path: "/a", Hosts: []string{"h.i", "*.h.i"}}, true},

		{"another path", at("/a"), at("/b"), false},
		{"literal before a star", at("/a/b"), at("/*/b"), false},
		{"longer", at("/a"), at("/a/**"), false},
		{"star is one segment", at("/a/*"), at("/a/**"), false},
		{"methods are more", document.Route{Path: "/a", Methods: get}, document.Route{Path: "/a", Methods: []string{"GET", "POST"}}, false},
		{"methods are others", document.Route{Path: "/a", Methods: get}, document.Route{Path: "/a", Methods: post}, false},
		{"any method", document.Route{Path: "/a", Methods: get}, at("/a"), false},
		{"HEAD takes no GET", document.Route{Path: "/a", Methods: []string{"HEAD"}}, document.Route{Path: "/a", Methods: get}, false},
		{"hosts are more", document.Route{Path: "/a", Hosts: []string{"i"}}, document.Route{Path: "/a", Hosts: []string{"i", "h"}}, false},
		{"any host behind one", document.Route{Path: "/a", Hosts: []string{"i"}}, at("/a"), false},
		{"wildcard is no host itself", document.Route{Path: "/a", Hosts: []string{"*.i"}}, document.Route{Path: "/a", Hosts: []string{"i"}}, false},
		{"host before its wildcard", document.Route{Path: "/a", Hosts: []string{"h.i"}}, document.Route{Path: "/a", Hosts: []string{"*.i"}}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.earlier.Name, c.later.Name = "first", "second"
			var p document.Problems
			routes.Compile([]document.Route{c.earlier, c.later}, &p)
			want := `routes[1] can never match: routes[0] "first" takes every request first; move this route before it, or remove one of them`
			switch list := p.List(); {
			case c.shadowed && (len(list) != 1 || list[0].String() != want):
				t.Errorf("problems are %v", list)
			case !c.shadowed && len(list) != 0:
				t.Errorf("problems are %v; want none", list)
			}
		})
	}
}
