package routes

import (
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Table is the compiled routes. It is immutable.
type Table struct {
	routes  []route
	methods methodNames

	// One tree for each host pattern, so that a thousand hosts with the same
	// path do not stand in one another's way.
	exact       edges // by host
	wildcards   edges // by ".example.com"
	any         *node // routes without hosts
	maxWildcard int   // bytes of the longest text of wildcards
}

type route struct {
	name    string
	hosts   []hostPattern // none: any
	path    pattern
	methods methodSet
}

// Compile makes the table. The index of a route in it is its index in rs, also
// when others before it have problems.
func Compile(rs []document.Route, p *document.Problems) *Table {
	t := &Table{routes: make([]route, len(rs)), any: &node{first: none}}
	for i := range rs {
		at := document.Path("routes").Index(i)
		if t.parse(i, &rs[i], at, p) {
			t.add(i, at, p)
		}
	}
	return t
}

// parse fills routes[i], and tells whether it is sound.
func (t *Table) parse(i int, r *document.Route, at document.Path, p *document.Problems) bool {
	hosts, hostsOK := parseHosts(r.Hosts, at.Key("hosts"), p)
	path, pathOK := parsePattern(r.Path, at.Key("path"), p)
	methods, methodsOK := t.methods.parse(r.Methods, at.Key("methods"), p)
	t.routes[i] = route{r.Name, hosts, path, methods}
	return hostsOK && pathOK && methodsOK
}

// add puts routes[i] into its trees, unless it could never match.
func (t *Table) add(i int, at document.Path, p *document.Problems) {
	r := &t.routes[i]
	if first, ok := t.shadow(r); ok {
		p.Addf(at, "can never match", "routes[%d] %q takes every request first; move this route before it, or remove one of them",
			first, t.routes[first].name)
		return
	}
	c := candidate{int32(i), r.methods}
	if len(r.hosts) == 0 {
		t.any.insert(r.path, c)
	}
	for _, host := range r.hosts {
		t.tree(host).insert(r.path, c)
	}
}

// tree returns the tree of a host pattern, new when there was none.
func (t *Table) tree(host hostPattern) *node {
	if !host.wildcard() {
		return t.exact.grow(string(host))
	}
	t.maxWildcard = max(t.maxWildcard, len(host))
	return t.wildcards.grow(string(host))
}

// Match sets r.Route and r.Captures from r.Host, r.Path and r.Method, as
// hygiene left them. It denies with NoRoute, and r.Route is -1, when no route
// takes the request; that its path exists for another method is not told.
func (t *Table) Match(r *guard.Request) guard.Verdict {
	index := t.Find(r, r.Method)
	r.Route = index
	if index < 0 {
		return guard.Deny(guard.NoRoute)
	}
	if captures := t.routes[index].path.captures; len(captures) > 0 {
		take(captures, r)
	}
	return guard.Allow()
}

// take sets r.Captures.
func take(captures []capture, r *guard.Request) {
	var path segments
	path.split(trim(r.Path))
	for i, c := range captures {
		r.Captures[i] = path.at(c.segment)
	}
}

// Find returns the index of the route that would take a request if it had
// another method; -1 where none would.
func (t *Table) Find(r *guard.Request, method string) int {
	if r.Path == "" || r.Path[0] != '/' {
		return -1 // hygiene refused it, in report mode
	}
	path, set := trim(r.Path), t.methods.bit(method)
	best := t.any.search(path, set, none)
	if len(t.exact)+len(t.wildcards) > 0 {
		best = t.searchHosts(r.Host, path, set, best)
	}
	if best == none {
		return -1
	}
	return int(best)
}

// searchHosts asks the trees of all host patterns that take the host.
func (t *Table) searchHosts(host, path string, method methodSet, best int32) int32 {
	best = t.exact.to(host).search(path, method, best)
	for i := max(1, len(host)-t.maxWildcard); i < len(host); i++ {
		if host[i] == '.' {
			best = t.wildcards.to(host[i:]).search(path, method, best)
		}
	}
	return best
}

// Capture returns which of r.Captures holds the segment {name} of a route.
func (t *Table) Capture(route int, name string) (index int, ok bool) {
	if route < 0 || route >= len(t.routes) {
		return 0, false
	}
	for i, c := range t.routes[route].path.captures {
		if c.name == name {
			return i, true
		}
	}
	return 0, false
}
