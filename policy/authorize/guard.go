package authorize

import (
	"maps"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard checks the scopes and roles of one route. It is immutable.
type Guard struct{ scopes, roles *requirement }

// requirement is what a caller needs, for every method or by method.
type requirement struct {
	every    *document.NameSet
	byMethod []methodSet // a handful; sorted by method
}

type methodSet struct {
	method string
	names  document.NameSet
}

// Compile returns the guard of a route, or nil when the route needs neither
// scopes nor roles. at is the route's path, for problems.
func Compile(r *document.Route, at document.Path, p *document.Problems) *Guard {
	if r.Scopes == nil && r.Roles == nil {
		return nil
	}
	switch {
	case r.Public:
		p.Add(at, "is public and needs scopes or roles", "remove \"public\" and name identities, or remove the scopes and roles")
	case r.Anonymous:
		p.Add(at.Key("anonymous"), "lets a caller without scopes and roles come, whom the route then refuses", "remove \"anonymous\", or the scopes and roles")
	}
	return &Guard{
		scopes: compile(r.Scopes, r.Methods, at.Key("scopes"), p),
		roles:  compile(r.Roles, r.Methods, at.Key("roles"), p),
	}
}

func compile(q *document.Requirement, methods []string, at document.Path, p *document.Problems) *requirement {
	if q == nil {
		return nil
	}
	c := &requirement{every: q.Every}
	for _, method := range slices.Sorted(maps.Keys(q.ByMethod)) {
		c.byMethod = append(c.byMethod, methodSet{method, q.ByMethod[method]})
	}
	if q.Every == nil {
		c.covers(methods, at, p)
	}
	return c
}

// covers reports methods of the route that the requirement forgets, and the
// other way round.
func (q *requirement) covers(methods []string, at document.Path, p *document.Problems) {
	for _, m := range methods {
		if q.find(m) == nil {
			p.Addf(at, "does not name the method "+m+", which the route takes", "add %q: [...]", m)
		}
	}
	for _, s := range q.byMethod {
		if len(methods) > 0 && !slices.Contains(methods, s.method) && !(s.method == "HEAD" && slices.Contains(methods, "GET")) {
			p.Addf(at.Key(s.method), "names a method that the route does not take", "remove it, or add %q to methods", s.method)
		}
	}
}

// find returns what a method needs; nil when nobody said.
func (q *requirement) find(method string) *document.NameSet {
	if q.every != nil {
		return q.every
	}
	if names := q.named(method); names != nil || method != "HEAD" {
		return names
	}
	return q.named("GET")
}

func (q *requirement) named(method string) *document.NameSet {
	for i := range q.byMethod {
		if q.byMethod[i].method == method {
			return &q.byMethod[i].names
		}
	}
	return nil
}

// Check allows a caller that has what the route needs; else ScopeMissing or
// RoleMissing. It allocates nothing.
func (g *Guard) Check(r *guard.Request) guard.Verdict {
	if !g.scopes.met(r.Method, r.Caller.Scopes) {
		return guard.Deny(guard.ScopeMissing)
	}
	if !g.roles.met(r.Method, r.Caller.Roles) {
		return guard.Deny(guard.RoleMissing)
	}
	return guard.Allow()
}

// Scope is the scope that a method takes, for the challenge to a token that has
// less (RFC 6750 section 3): all scopes that are needed, or the first of those
// of which any will do. It is empty where nobody can tell, or the route's words
// are none that a token can carry.
func (g *Guard) Scope(method string) string {
	if g.scopes == nil {
		return ""
	}
	need := g.scopes.find(method)
	if need == nil {
		return ""
	}
	names := need.All
	if len(need.Any) > 0 {
		names = need.Any[:1]
	}
	if slices.ContainsFunc(names, func(name string) bool { return !isScope(name) }) {
		return ""
	}
	return strings.Join(names, " ")
}

// isScope tells whether a name is a scope-token of RFC 6749 section 3.3.
func isScope(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return name != ""
}

// met tells whether the names that a caller has are enough. No requirement is
// met by anybody; a requirement that does not know the method by nobody.
func (q *requirement) met(method string, has []string) bool {
	if q == nil {
		return true
	}
	need := q.find(method)
	if need == nil {
		return false
	}
	for _, name := range need.All {
		if !slices.Contains(has, name) {
			return false
		}
	}
	return len(need.Any) == 0 && len(need.All) > 0 || slices.ContainsFunc(need.Any, func(name string) bool { return slices.Contains(has, name) })
}
