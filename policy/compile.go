package policy

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/authorize"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/headers"
	"sallyport.dev/sallyport/policy/hygiene"
	"sallyport.dev/sallyport/policy/limits"
	"sallyport.dev/sallyport/policy/routes"
)

// timeoutHeader is how the proxy is told how long the upstream may take, in
// whole milliseconds.
const timeoutHeader = "x-envoy-upstream-rq-timeout-ms"

// maxProblems bounds what is said at once: nobody reads more.
const maxProblems = 100

// Policy is a compiled document. It is immutable: many instances, of many
// workers, may judge by one.
type Policy struct {
	hygiene *hygiene.Guard
	table   *routes.Table
	rules   []rule // by index of the route
	keys    []*apikey.Identity
	strip   *apikey.Strip
	limits  *limits.Set
	headers *headers.Guard
	report  bool // what is denied before a route is known is only reported
	hosts   bool // some route names hosts
	audit   Audit
}

// rule is what one route asks of a request. A nil guard asks nothing.
type rule struct {
	name      string
	report    bool
	public    bool
	keys      *apikey.Guard
	authorize *authorize.Guard
	before    *limits.Guard
	after     *limits.Guard
	timeout   string // milliseconds; empty: the proxy's own
}

// Summary counts what a policy holds.
type Summary struct{ Routes, Identities, Limits int }

// compiler carries what the sections share while a document is compiled.
type compiler struct {
	doc      *document.Document
	env      func(string) (string, bool)
	problems document.Problems
	keys     map[string]*apikey.Identity
}

// Compile reads a policy document and prepares all that can be done once. env
// looks secrets up by name. The error is a *document.Error that lists all that
// is wrong, in the order of the document, with line and column.
func Compile(json []byte, env func(string) (string, bool)) (*Policy, error) {
	doc, err := document.Parse(json)
	if err != nil && doc == nil {
		return nil, err
	}
	c := &compiler{doc: doc, env: env, keys: map[string]*apikey.Identity{}}
	policy := c.compile()
	if err := c.finish(json, err); err != nil {
		return nil, err
	}
	return policy, nil
}

// finish joins what was wrong with the text and with its meaning.
func (c *compiler) finish(json []byte, parsed error) error {
	var e *document.Error
	all := c.problems.List()
	if errors.As(parsed, &e) {
		all = append(slices.Clone(e.Problems), unrelated(all, e.Problems)...)
	} else if parsed != nil {
		return parsed
	}
	if len(all) == 0 {
		return nil
	}
	document.Sort(json, all)
	if len(all) > maxProblems {
		all = append(all[:maxProblems], document.Problem{Found: "has more problems", Remedy: "correct these first"})
	}
	return &document.Error{Problems: all}
}

// unrelated leaves out problems of meaning where the text itself was not
// understood: they would most often be its echo.
func unrelated(meaning, parsed []document.Problem) []document.Problem {
	return slices.DeleteFunc(slices.Clone(meaning), func(m document.Problem) bool {
		return slices.ContainsFunc(parsed, func(p document.Problem) bool {
			return m.Path.Within(p.Path) || p.Path.Within(m.Path)
		})
	})
}

func (c *compiler) compile() *Policy {
	p := &Policy{
		table:   routes.Compile(c.doc.Routes, &c.problems),
		limits:  limits.Compile(c.doc.Limits, &c.problems),
		headers: headers.Compile(c.doc.Headers, &c.problems),
		audit:   auditNames[c.doc.Audit.Log],
	}
	for _, name := range slices.Sorted(maps.Keys(c.doc.Identities)) {
		if k := c.identity(name); k != nil {
			p.keys = append(p.keys, k)
		}
	}
	p.strip = apikey.NewStrip(p.keys)
	used := map[string]bool{}
	for i := range c.doc.Routes {
		p.rules = append(p.rules, c.rule(p, i, used))
	}
	p.report = !slices.ContainsFunc(p.rules, func(r rule) bool { return !r.report })
	p.hosts = slices.ContainsFunc(c.doc.Routes, func(r document.Route) bool { return len(r.Hosts) > 0 })
	c.unused(used)
	p.limits.Unused(&c.problems)
	c.forwards(p)
	p.limits.CheckHeaders(c.own(p), c.sources(p), &c.problems)
	p.hygiene = hygiene.Compile(c.doc.Hygiene, hygiene.Names{Own: c.own(p), Sources: c.sources(p), Hosts: p.hosts})
	return p
}

func (c *compiler) identity(name string) *apikey.Identity {
	d := c.doc.Identities[name].APIKey
	if d == nil {
		return nil // of a kind that is not supported, which Parse has said
	}
	at := document.Path("identities").Key(name).Key("api_key")
	c.keys[name] = apikey.Compile(name, *d, at, c.secret, &c.problems)
	return c.keys[name]
}

// secret resolves a secret; nil and a problem when it has no value.
func (c *compiler) secret(s document.Secret, at document.Path) []byte {
	if s.Env == "" {
		return []byte(s.Value)
	}
	value, ok := c.env(s.Env)
	switch {
	case !ok:
		c.problems.Add(at, "names the environment variable "+document.QuoteVariable(s.Env)+", which is not set",
			"set it in the environment of the VM (Envoy: vm_config.environment_variables)")
	case value == "":
		c.problems.Add(at, "names the environment variable "+document.QuoteVariable(s.Env)+", which is empty", "give it a value")
	default:
		return []byte(value)
	}
	return nil
}

func (c *compiler) rule(p *Policy, i int, used map[string]bool) rule {
	r := &c.doc.Routes[i]
	at := document.Path("routes").Index(i)
	before, after := p.limits.Guard(*r, func(name string) (int, bool) { return p.table.Capture(i, name) }, at, &c.problems)
	out := rule{
		name: r.Name, public: r.Public, report: c.mode(r) == document.Report,
		keys: c.identities(r, at, used), authorize: authorize.Compile(r, at, &c.problems),
		before: before, after: after,
	}
	if strings.Contains(r.Path, ";") && !c.doc.Hygiene.AllowPathParameters {
		c.problems.Add(at.Key("path"), "holds ';', and hygiene refuses every path that does", "take it out, or write \"allow_path_parameters\": true in \"hygiene\"")
	}
	if r.Timeout != 0 {
		out.timeout = c.timeout(r.Timeout, at.Key("timeout"))
	}
	return out
}

func (c *compiler) mode(r *document.Route) document.Mode {
	if r.Mode != "" {
		return r.Mode
	}
	return c.doc.Mode
}

// timeout returns whole milliseconds; 0 would mean "for ever" to the proxy.
func (c *compiler) timeout(d document.Duration, at document.Path) string {
	ms := int64(d) / 1e6
	if ms < 1 || int64(d)%1e6 != 0 {
		c.problems.Add(at, "is not a whole number of milliseconds, at least 1", "write a value such as \"5s\" or \"250ms\"")
	}
	return strconv.FormatInt(ms, 10)
}

// identities returns the guard that recognises the route's callers, nil for a
// public route. A route says one of the two, so that neither is an accident.
func (c *compiler) identities(r *document.Route, at document.Path, used map[string]bool) *apikey.Guard {
	switch {
	case r.Public && len(r.Identities) > 0:
		c.problems.Add(at, "is public and names identities", "remove \"public\"; to let callers without a credential in too, write \"anonymous\": true")
	case r.Public && r.Anonymous:
		c.problems.Add(at.Key("anonymous"), "stands beside \"public\"", "remove it")
	case !r.Public && len(r.Identities) == 0 && r.Webhook == nil:
		c.problems.Add(at, "does not say who may call", "write \"identities\": [...], or \"public\": true")
	}
	var ids []*apikey.Identity
	for i, name := range r.Identities {
		place := at.Key("identities").Index(i)
		if _, ok := c.doc.Identities[name]; !ok {
			c.problems.Addf(place, "names "+strconv.Quote(name)+", which is not defined", "write one of identities: %s", list(c.doc.Identities))
		}
		if slices.Contains(r.Identities[:i], name) {
			c.problems.Add(place, "names "+strconv.Quote(name)+" again", "remove it")
			continue
		}
		used[name] = true
		if k := c.keys[name]; k != nil {
			ids = append(ids, k)
		}
	}
	if r.Public {
		return nil
	}
	return apikey.NewGuard(ids, r.Anonymous)
}

func list[V any](m map[string]V) string {
	names := ""
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			names += ", "
		}
		names += strconv.Quote(name)
	}
	if names == "" {
		return "(none is defined)"
	}
	return names
}

// unused reports identities that protect nothing: most often a misspelling.
func (c *compiler) unused(used map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(c.doc.Identities)) {
		if !used[name] {
			c.problems.Add(document.Path("identities").Key(name), "is named by no route", "name it in a route's identities, or remove it")
		}
	}
}

// forwards reports headers for the upstream that applications could take for
// another of the policy's: for one of the same identity, for one that a key is
// read from, or for one that hygiene always takes out.
func (c *compiler) forwards(p *Policy) {
	taken := map[string]string{}
	for _, name := range append(hygiene.Overrides(), hygiene.HostOverrides()...) {
		taken[hygiene.Fold(name)] = "makes some servers serve another request than was judged"
	}
	for _, name := range c.sources(p) {
		taken[hygiene.Fold(name)] = "is a spelling of " + strconv.Quote(name) + ", which a key is read from"
	}
	for _, k := range p.keys {
		own := map[string]string{}
		for _, name := range k.Owns() {
			folded := hygiene.Fold(name)
			found := taken[folded]
			if other := own[folded]; other != "" {
				found = "is a spelling of " + strconv.Quote(other) + ", which the identity sets too"
			}
			own[folded] = name
			if found != "" {
				c.problems.Add(document.Path("identities").Key(k.Name()).Key("api_key").Key("forward").Key("headers").Key(name), found, "write another header")
			}
		}
	}
}

// own lists every request header that the policy sets: inbound copies of them
// are somebody else's claim to be one of its callers.
func (c *compiler) own(p *Policy) []string {
	var names []string
	for _, k := range p.keys {
		names = append(names, k.Owns()...)
	}
	if slices.ContainsFunc(p.rules, func(r rule) bool { return r.timeout != "" }) {
		names = append(names, timeoutHeader)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sources lists every request header that a credential is read from.
func (c *compiler) sources(p *Policy) []string {
	var names []string
	for _, k := range p.keys {
		names = append(names, k.Headers()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Summary counts what the policy holds.
func (p *Policy) Summary() Summary {
	return Summary{Routes: len(p.rules), Identities: len(p.keys), Limits: p.limits.Len()}
}

// Edits returns what is done to every response that passes the filter. The
// caller must not change it.
func (p *Policy) Edits() guard.Edits { return p.headers.Edits() }

// RemovesTrailer tells whether a trailer field of a request never goes upstream.
func (p *Policy) RemovesTrailer(name string) bool { return p.hygiene.RemovesTrailer(name) }

// RouteNames returns the routes' names, by index.
func (p *Policy) RouteNames() []string {
	names := make([]string, len(p.rules))
	for i := range p.rules {
		names[i] = p.rules[i].name
	}
	return names
}
