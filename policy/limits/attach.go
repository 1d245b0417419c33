package limits

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// Guard returns the guards of one route: before is asked before
// authentication, after when the caller is authorised. Each is nil when the
// route has no such limit. capture gives the index of a {name} of the route's
// path; at is the route's place in the document.
func (s *Set) Guard(rt document.Route, capture func(name string) (index int, ok bool), at document.Path, p *document.Problems) (before, after *Guard) {
	a := attachment{route: rt, capture: capture, problems: p}
	var early, late []attached
	seen := map[string]bool{}
	for i, named := range rt.Limits {
		where, name := at.Key("limits").Index(i), named.Name
		l := s.limits[name]
		switch {
		case l == nil:
			p.Add(where, "names the limit "+strconv.Quote(name)+", which is not defined", s.known())
			continue
		case seen[name]:
			p.Add(where, "repeats the limit "+strconv.Quote(name), "write it once; to charge more, write a larger cost")
			continue
		}
		l.used, seen[name] = true, true
		on := a.attach(l, where)
		if named.Cost != nil {
			of := l.compileCost(*named.Cost, where.Key("cost"), p)
			on.cost = &of
			l.afford(&of)
		}
		if l.before {
			early = append(early, on)
		} else {
			late = append(late, on)
		}
	}
	return newGuard(rt.Name, s.telling, early, nil), newGuard(rt.Name, s.telling, late, early)
}

// known is the remedy for a name that is none.
func (s *Set) known() string {
	if len(s.names) == 0 {
		return `define it under "limits"`
	}
	const most = 8
	names := strings.Join(s.names[:min(len(s.names), most)], ", ")
	if len(s.names) > most {
		names += ", …"
	}
	return `write one of ` + names + `, or define it under "limits"`
}

// attached is a limit on a route: captures[i] is the capture that by[i] names.
type attached struct {
	*limit
	captures []int
	cost     *cost // the limit's, or the route's own
}

type attachment struct {
	route    document.Route
	capture  func(string) (int, bool)
	problems *document.Problems
}

func (a *attachment) attach(l *limit, at document.Path) attached {
	on := attached{limit: l, captures: make([]int, len(l.by)), cost: &l.cost}
	var caller, other bool
	for i, part := range l.by {
		switch part.kind {
		case byClient, byTenant, byClaim:
			caller = true
		case byIP, byHeader:
			other = true
		case byPath:
			other = true
			index, ok := a.capture(part.name)
			if !ok {
				a.problems.Add(at, "names the limit "+strconv.Quote(l.name)+", which counts by path."+part.name,
					"write {"+part.name+"} in the path "+strconv.Quote(a.route.Path)+", or another limit")
			}
			on.captures[i] = index
		}
	}
	if caller && !other && len(a.route.Identities) == 0 && a.route.Webhook == nil {
		a.problems.Add(at, "names the limit "+strconv.Quote(l.name)+", which counts by caller, but the route knows no callers: all would share one bucket",
			`write a limit by "ip", or name identities`)
	}
	return on
}

// plans lists every plan that one of the limits knows, sorted.
func plans(limits []attached) []string {
	names := map[string]bool{}
	for _, l := range limits {
		for plan := range l.plans {
			names[plan] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
