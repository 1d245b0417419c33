package limits

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// Set is the limits of a document. After compilation it is never written to.
type Set struct {
	limits  map[string]*limit
	names   []string // sorted
	telling telling
}

// limit is one limit of the document.
type limit struct {
	name    string
	by      []part
	addr    prefix
	counter counter            // nil: a problem was reported
	plans   map[string]counter // the same
	cost    cost
	before  bool    // before authentication
	longest uint64  // nanoseconds after which a stored time is no counter's: see ghosts
	used    bool    // a route names it; written while routes are compiled
	remote  *remote // nil: shared data
}

// ghosts is how long, in nanoseconds, the buckets of sizes that the limit no
// longer has are left alone. During an update some workers still judge by the
// old policy, and what the new one took for nonsense would be their buckets.
const ghosts = 24 * 3600 * second

// Compile reads the section `limits`. What it finds wrong goes to p, and a set
// with problems is good for finding more problems only.
func Compile(defs map[string]document.Limit, p *document.Problems) *Set {
	s := &Set{limits: map[string]*limit{}, names: slices.Sorted(maps.Keys(defs))}
	for _, name := range s.names {
		s.limits[name] = compileLimit(name, defs[name], document.Path("limits").Key(name), p)
	}
	return s
}

// Len is the number of limits.
func (s *Set) Len() int { return len(s.limits) }

// Unused reports limits that no route names. It is called after all routes
// were compiled: a limit that protects nothing is one that its author believes
// to protect something.
func (s *Set) Unused(p *document.Problems) {
	for _, name := range s.names {
		if !s.limits[name].used {
			p.Add(document.Path("limits").Key(name), "is named by no route", "write it in the limits of a route, or take it out")
		}
	}
}

func compileLimit(name string, d document.Limit, at document.Path, p *document.Problems) *limit {
	l := &limit{name: name, before: d.Before == "authentication", longest: ghosts}
	if !isName(name) {
		p.Add(at, "has a name that cannot stand in a response", "write lower-case letters, digits, '-' and '_', up to 63 of them")
	}
	if d.Store != "" {
		l.remote = &remote{} // denies until it is connected
	}
	l.by, l.addr = compileBy(d.By, at.Key("by"), p)
	l.compileCounters(d, at, p)
	l.cost = l.compileCost(d.Cost, at.Key("cost"), p)
	l.checkBefore(d, at, p)
	return l
}

// isName keeps names out of trouble in shared-data keys and in the strings of
// structured fields (RFC 9651 section 3.3.3).
func isName(name string) bool {
	return name != "" && len(name) <= 63 && !slices.ContainsFunc([]byte(name), func(c byte) bool {
		return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	})
}

// checkBefore: before authentication nobody is known.
func (l *limit) checkBefore(d document.Limit, at document.Path, p *document.Problems) {
	if d.Before != "" && !l.before {
		p.Add(at.Key("before"), "is "+strconv.Quote(d.Before), `write "authentication", or take it out`)
	}
	if !l.before {
		return
	}
	const found = ", which nobody knows before authentication"
	for i, by := range d.By {
		if by == "client" || by == "tenant" || strings.HasPrefix(by, "claim.") {
			p.Add(at.Key("by").Index(i), "is "+strconv.Quote(by)+found, `write "ip", or take "before" out`)
		}
	}
	if len(d.Plans) > 0 {
		p.Add(at.Key("plans"), "go by the caller's plan"+found, `take "plans" or "before" out`)
	}
}

// of is the counter of a plan.
func (l *limit) of(plan string) counter {
	if n, ok := l.plans[plan]; ok {
		return n
	}
	return l.counter
}
