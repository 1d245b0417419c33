package policy

import (
	"slices"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/limits"
	"sallyport.dev/sallyport/policy/routes"
)

// stop is one place where a request can end.
type stop struct {
	name string
	ask  func(*Instance, *guard.Request) guard.Verdict
	// guard finds the guard of a route, where asking is all: then ask is nil.
	guard func(in *Instance, route int) checker
	// identifies: it tells the upstream who calls, or what every request is told.
	// It is asked also when an earlier stop refused what is only reported, or a
	// request that goes upstream would lack the headers that every other one has.
	identifies bool
	// body: it has nothing to say about a request whose body nobody reads.
	body bool
	// needed: some stops have nothing to say on many routes. nil: always.
	needed func(*Policy, *rule) bool
}

// entrance and pipeline are the order in which the guards are asked. It is
// written here and nowhere else. The entrance ends where the route is known,
// and with it whether a guard may suspend the request.
//
// settled are the guards behind the body, where a route reads it: what a caller
// is charged for must be its own, and who signs a body is known at its end.
//
// Places kept for what is not built yet: the tenant behind authenticate.
var entrance = []stop{
	{name: "hygiene", guard: func(in *Instance, _ int) checker { return in.policy.hygiene }},
	{name: "nonce", guard: func(in *Instance, _ int) checker { return in.policy.headers }, identifies: true,
		needed: func(p *Policy, _ *rule) bool { return p.headers != nil }},
	{name: "metadata", guard: func(in *Instance, _ int) checker { return in.policy.metadata },
		needed: func(p *Policy, _ *rule) bool { return p.metadata != nil }},
	{name: "csrf tokens", ask: func(in *Instance, r *guard.Request) guard.Verdict { return in.policy.csrf.Serve(r, in.csrf) },
		needed: func(p *Policy, _ *rule) bool { return p.csrf != nil }},
	{name: "preflight", ask: (*Instance).preflight,
		needed: func(p *Policy, _ *rule) bool { return p.cors != nil }},
	{name: "routes", guard: func(in *Instance, _ int) checker { return (*matcher)(in.policy.table) }},
}

var pipeline = []stop{
	{name: "cors", guard: func(in *Instance, _ int) checker { return in.policy.cors },
		needed: func(p *Policy, _ *rule) bool { return p.cors != nil }},
	{name: "version", guard: func(in *Instance, route int) checker { return in.policy.rules[route].version },
		needed: func(_ *Policy, r *rule) bool { return r.version != nil }},
	{name: "csrf", ask: func(in *Instance, r *guard.Request) guard.Verdict { return in.policy.csrf.Check(r, in.csrf) },
		needed: func(p *Policy, _ *rule) bool { return p.csrf != nil }},
	{name: "limits before authentication", ask: func(in *Instance, r *guard.Request) guard.Verdict {
		return in.limit(in.policy.rules[r.Route].before, r)
	}, needed: func(_ *Policy, r *rule) bool { return r.before != nil }},
	{name: "authenticate", guard: (*Instance).authenticator, identifies: true,
		needed: func(_ *Policy, r *rule) bool { return !r.public }},
	{name: "authorize", ask: (*Instance).authorize, needed: func(_ *Policy, r *rule) bool { return r.authorize != nil }},
	{name: "sign", guard: func(in *Instance, route int) checker { return in.signers[route].outgoing }, needed: func(_ *Policy, r *rule) bool { return r.signed.outgoing != nil }},
}

var settled = []stop{
	{name: "body", ask: (*Instance).judgeBody, body: true},
	{name: "limits", ask: func(in *Instance, r *guard.Request) guard.Verdict {
		return in.limit(in.policy.rules[r.Route].after, r)
	}, needed: func(_ *Policy, r *rule) bool { return r.after != nil }},
	{name: "callers of versions", ask: func(in *Instance, r *guard.Request) guard.Verdict {
		in.policy.rules[r.Route].version.Count(r)
		return guard.Allow()
	}, needed: func(_ *Policy, r *rule) bool { return r.version != nil }},
}

// schedule picks the stops that a policy and its routes need, in their order.
func (p *Policy) schedule() {
	p.entrance = p.needs(entrance, nil)
	for i := range p.rules {
		p.rules[i].stops, p.rules[i].settled = p.needs(pipeline, &p.rules[i]), p.needs(settled, &p.rules[i])
	}
}

func (p *Policy) needs(stops []stop, r *rule) (list []stop) {
	for _, s := range stops {
		if s.needed == nil || s.needed(p, r) {
			list = append(list, s)
		}
	}
	return list
}

// preflight asks in the name of the route that a preflight asks about. Where that
// one only reports, a refused preflight goes upstream as what it is: it must not get
// past the guards of a route that takes OPTIONS and enforces.
func (in *Instance) preflight(r *guard.Request) guard.Verdict {
	v := in.policy.cors.Preflight(r, in.policy.table)
	if in.outcome(v, r.Route) != Reported {
		return v
	}
	if own := in.policy.table.Find(r, r.Method); own >= 0 && in.outcome(v, own) == Denied {
		r.Route = own
	}
	return v
}

// authenticator knows the callers of a route, by the signature where the route has
// one.
func (in *Instance) authenticator(route int) checker {
	if w := in.signers[route].incoming; w != nil {
		return w
	}
	return in.callers[route]
}

func (in *Instance) authorize(r *guard.Request) guard.Verdict {
	g := in.policy.rules[r.Route].authorize
	if g == nil {
		return guard.Allow()
	}
	v := g.Check(r)
	if v.Reason == guard.ScopeMissing {
		v.Challenge = in.callers[r.Route].Insufficient(r.Caller.Identity, g.Scope(r.Method))
	}
	return v
}

// judgeBody asks who read the body. A route that reads none allows.
func (in *Instance) judgeBody(r *guard.Request) guard.Verdict {
	for _, b := range r.Readers {
		if v := b.Judge(r); !v.Allows() {
			return v
		}
	}
	return guard.Allow()
}

func (in *Instance) limit(g *limits.Guard, r *guard.Request) guard.Verdict {
	if g == nil {
		return guard.Allow()
	}
	return g.Check(r, in.store)
}

// checker is a guard at work.
type checker interface {
	Check(r *guard.Request) guard.Verdict
}

// step is a stop at work.
type step struct {
	checker
	identifies bool
}

// asked is a stop that is more than one guard's Check.
type asked struct {
	in  *Instance
	ask func(*Instance, *guard.Request) guard.Verdict
}

// Check implements checker.
func (a *asked) Check(r *guard.Request) guard.Verdict { return a.ask(a.in, r) }

// matcher is the table of routes as a guard.
type matcher routes.Table

// Check implements checker.
func (m *matcher) Check(r *guard.Request) guard.Verdict { return (*routes.Table)(m).Match(r) }

// steps puts the stops of a route to work.
func (in *Instance) steps(stops []stop, route int) (list []step) {
	for i := range stops {
		s := &stops[i]
		if s.guard != nil {
			list = append(list, step{s.guard(in, route), s.identifies})
		} else {
			list = append(list, step{&asked{in, s.ask}, s.identifies})
		}
	}
	return list
}

// behind puts all stops behind a route to work.
func (in *Instance) behind(route int) behind {
	r := &in.policy.rules[route]
	unread := slices.DeleteFunc(slices.Clone(r.settled), func(s stop) bool { return s.body })
	return behind{
		steps: in.steps(r.stops, route), settled: in.steps(r.settled, route), unread: in.steps(unread, route),
		calls: r.calls, timeout: r.timeout,
	}
}

// pass asks each guard in turn; the first that does not allow ends it, and what is
// decided then is written to d. A guard that allows nothing and denies nothing
// returns the zero Verdict, which denies.
func (in *Instance) pass(steps []step, r *guard.Request, d *Decision) bool {
	for i := range steps {
		if v := steps[i].Check(r); !v.Allows() {
			in.stop(steps[i+1:], r, v, d)
			return false
		}
	}
	return true
}

// stop decides about a request that a guard did not allow. What goes upstream all
// the same is prepared, unless it was when its body was awaited.
func (in *Instance) stop(rest []step, r *guard.Request, v guard.Verdict, d *Decision) {
	prepared := d.Outcome == Pending
	*d = in.decided(r, in.identify(rest, r, v))
	if d.Outcome.Forwards() && !prepared {
		in.prepare(r)
	}
}

// identify asks who calls where a refusal is only reported. The verdict stays
// the first, unless nobody could judge who calls.
func (in *Instance) identify(steps []step, r *guard.Request, v guard.Verdict) guard.Verdict {
	if in.outcome(v, r.Route) != Reported {
		return v
	}
	for i := range steps {
		if !steps[i].identifies {
			continue
		}
		if who := steps[i].Check(r); !who.Allows() && in.outcome(who, r.Route) == Denied {
			return who
		}
	}
	return v
}
