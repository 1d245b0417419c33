package policy

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/authorize"
	"sallyport.dev/sallyport/policy/cors"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/csrf"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/headers"
	"sallyport.dev/sallyport/policy/hygiene"
	"sallyport.dev/sallyport/policy/limits"
	"sallyport.dev/sallyport/policy/routes"
	"sallyport.dev/sallyport/policy/stores"
	"sallyport.dev/sallyport/policy/version"
)

// timeoutHeader is how the proxy is told how long the upstream may take, in
// whole milliseconds.
const timeoutHeader = "x-envoy-upstream-rq-timeout-ms"

// maxProblems bounds what is said at once: nobody reads more.
const maxProblems = 100

// Policy is a compiled document. It is immutable: many instances, of many
// workers, may judge by one.
type Policy struct {
	hygiene  *hygiene.Guard
	table    *routes.Table
	rules    []rule                  // by index of the route
	callers  []authenticate.Identity // in the order of their names
	strip    *credential.Strip
	metadata *authenticate.Metadata
	limits   *limits.Set
	stores   *stores.Set
	headers  *headers.Guard
	cors     *cors.Set
	csrf     *csrf.Set
	report   bool // what is denied before a route is known is only reported
	hosts    bool // some route names hosts
	calls    bool // some route calls out
	reads    bool // some route reads bodies
	held     bool // the proxy holds the headers back while a body is read
	metrics  []string
	audit    Audit
	entrance []stop
}

// rule is what one route asks of a request. A nil guard asks nothing.
type rule struct {
	name      string
	report    bool
	public    bool
	callers   []authenticate.Identity
	anonymous bool
	authorize *authorize.Guard
	before    *limits.Guard
	after     *limits.Guard
	version   *version.Guard
	signed    signed
	timeout   string // milliseconds; empty: the proxy's own
	calls     bool   // some guard behind routes may Fetch
	reads     bool   // some guard reads the body
	stops     []stop // of pipeline
	settled   []stop // of settled
}

// Summary counts what a policy holds.
type Summary struct{ Routes, Identities, Limits int }

// compiler carries what the sections share while a document is compiled.
type compiler struct {
	doc      *document.Document
	env      func(string) (string, bool)
	problems document.Problems
	metrics  guard.Metrics

	identityOf map[string]authenticate.Identity // by name
}

// Compile reads a policy document and prepares all that can be done once. env
// looks secrets up by name. The error is a *document.Error that lists all that
// is wrong, in the order of the document, with line and column.
func Compile(json []byte, env func(string) (string, bool)) (*Policy, error) {
	doc, err := document.Parse(json)
	if err != nil && doc == nil {
		return nil, err
	}
	c := &compiler{doc: doc, env: env, identityOf: map[string]authenticate.Identity{}}
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
		stores:  stores.Compile(c.doc.Stores, &c.metrics, &c.problems),
		headers: headers.Compile(c.doc.Headers, &c.problems),
		audit:   auditNames[c.doc.Audit.Log],
	}
	p.headers.Register(&c.metrics)
	p.limits.Tell(c.doc.Headers)
	for _, name := range slices.Sorted(maps.Keys(c.doc.Identities)) {
		if id := c.identity(name); id != nil {
			id.Register(&c.metrics)
			p.callers, c.identityOf[name] = append(p.callers, id), id
		}
	}
	p.limits.Connect(c.doc.Limits, p.stores, &c.problems)
	p.metadata = authenticate.CompileMetadata(c.doc.Resource, p.callers, "resource", &c.problems)
	p.strip = credential.NewStrip(p.holders())
	used := map[string]bool{}
	for i := range c.doc.Routes {
		p.rules = append(p.rules, c.rule(p, i, used))
	}
	p.cors = cors.Compile(c.doc, &c.problems)
	p.csrf = csrf.Compile(c.doc, func(i int) []authenticate.Identity { return p.rules[i].callers }, c.secret, &c.problems)
	p.report = !slices.ContainsFunc(p.rules, func(r rule) bool { return !r.report })
	p.hosts = slices.ContainsFunc(c.doc.Routes, func(r document.Route) bool { return len(r.Hosts) > 0 })
	p.calls = slices.ContainsFunc(p.rules, func(r rule) bool { return r.calls })
	p.reads = slices.ContainsFunc(p.rules, func(r rule) bool { return r.reads })
	p.held = c.doc.Host.HeadersStopIteration
	c.unused(used)
	p.limits.Unused(&c.problems)
	p.stores.Unused(&c.problems)
	c.forwards(p)
	p.limits.CheckHeaders(c.own(p), c.sources(p), &c.problems)
	c.keeps(p)
	removed, prefixes := p.headers.Removed()
	p.hygiene = hygiene.Compile(c.doc.Hygiene, hygiene.Names{
		Own: c.own(p), Sources: c.sources(p), Hosts: p.hosts, Removed: removed, Prefixes: prefixes,
	})
	p.metrics = c.metrics.Names()
	p.schedule()
	return p
}

func (c *compiler) rule(p *Policy, i int, used map[string]bool) rule {
	r := &c.doc.Routes[i]
	at := document.Path("routes").Index(i)
	before, after := p.limits.Guard(*r, func(name string) (int, bool) { return p.table.Capture(i, name) }, at, &c.problems)
	out := rule{
		name: r.Name, public: r.Public, calls: faulty, reads: faulty, report: c.mode(r) == document.Report,
		callers: c.identities(r, at, used), anonymous: r.Anonymous, authorize: authorize.Compile(r, at, &c.problems),
		before: before, after: after,
		version: version.Compile(r.Name, r.Version, c.clients(r), at.Key("version"), &c.metrics, &c.problems),
	}
	if strings.Contains(r.Path, ";") && !c.doc.Hygiene.AllowPathParameters {
		c.problems.Add(at.Key("path"), "holds ';', and hygiene refuses every path that does", "take it out, or write \"allow_path_parameters\": true in \"hygiene\"")
	}
	out.signed = c.signed(r, at)
	out.reads = out.reads || out.signed.reads()
	out.calls = out.calls || slices.ContainsFunc(out.callers, authenticate.Identity.CallsOut) || before.CallsOut() || after.CallsOut()
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

// Summary counts what the policy holds.
func (p *Policy) Summary() Summary {
	return Summary{Routes: len(p.rules), Identities: len(p.callers), Limits: p.limits.Len()}
}

// Edits returns what is done to every response that passes the filter, whatever
// it holds; Instance.Harden does the rest. The caller must not change it.
func (p *Policy) Edits() guard.Edits { return p.headers.Edits() }

// Removes lists the headers that every response loses where it has them; a '*'
// at the end stands for any rest.
func (p *Policy) Removes() []string { return p.headers.Removes() }

// SaysWhatIsStored tells whether Edits or Removes name Cache-Control: what may not
// be stored has to say so behind them.
func (p *Policy) SaysWhatIsStored() bool { return p.headers.SaysWhatIsStored() }

// RemovesTrailer tells whether a trailer field of a request never goes upstream.
func (p *Policy) RemovesTrailer(name string) bool { return p.hygiene.RemovesTrailer(name) }

// Waits tells whether some request is judged in more than one callback: a guard
// of its route asks a service, or reads the body.
func (p *Policy) Waits() bool { return p.calls || p.reads }

// HoldsHeaders tells whether the headers of a request wait with its body.
func (p *Policy) HoldsHeaders() bool { return p.held }

// Metrics returns the names of the policy's counters; guard.Metric n is at n-1.
func (p *Policy) Metrics() []string { return p.metrics }

// RouteNames returns the routes' names, by index.
func (p *Policy) RouteNames() []string {
	names := make([]string, len(p.rules))
	for i := range p.rules {
		names[i] = p.rules[i].name
	}
	return names
}
