package limits

import (
	"cmp"
	"slices"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

// Guard is the limits of one route at one stop of the pipeline.
type Guard struct {
	route    string
	limits   []attached
	shared   int // of them are in shared data; then come those of stores
	groups   []group
	telling  telling
	internal []string // headers of the response that say what it has cost
	plain    *sizes
	plans    map[string]*sizes // by the caller's plan, where a limit has one of that name
}

// sizes is how large the counters of a guard are for one plan.
type sizes struct {
	counters []counter     // one for each limit
	remote   []*remoteSize // the same; nil for those in shared data
	policies string        // RateLimit-Policy
}

// newGuard returns nil when there are no limits. earlier are the limits that
// were asked before, and stand in the response too.
func newGuard(route string, telling telling, limits, earlier []attached) *Guard {
	if len(limits) == 0 {
		return nil
	}
	limits, shared, groups := byStore(limits)
	g := &Guard{route: route, limits: limits, shared: shared, groups: groups, telling: telling, plain: newSizes(limits, earlier, "")}
	for _, l := range limits {
		g.hide(cmp.Or(l.cost.ResponseHeader, l.limit.cost.ResponseHeader)) // the upstream does not know that the route has a cost of its own
	}
	for _, plan := range plans(limits) {
		if g.plans == nil {
			g.plans = map[string]*sizes{}
		}
		g.plans[plan] = newSizes(limits, earlier, plan)
	}
	return g
}

func (g *Guard) hide(name string) {
	if name != "" && !slices.Contains(g.internal, name) {
		g.internal = append(g.internal, name)
	}
}

func newSizes(limits, earlier []attached, plan string) *sizes {
	s := &sizes{policies: policies(plan, earlier, limits)}
	for _, l := range limits {
		s.counters = append(s.counters, l.of(plan))
		s.remote = append(s.remote, l.remote.of(plan))
	}
	return s
}

// Check charges every limit of the route, in order, or none of them: when one
// denies, what was charged is given back. For as long as that takes, a request
// of the same client at another worker finds so much less.
//
// It reads r.Now, r.Method, r.Headers, r.Captures, r.Caller and, where a limit
// counts by address, r.World.SourceAddress; it records the tightest limit in
// r.Limit and, in r.Response, the fields that tell the client of it. What it
// counts while the stream lasts it gives back as one of r.Followers. An admitted
// request allocates nothing. The nil Guard is that of a route without limits.
func (g *Guard) Check(r *guard.Request, st *Store) guard.Verdict {
	if g == nil {
		return guard.Allow()
	}
	size := g.plans[r.Caller.Plan]
	if size == nil {
		size = g.plain
	}
	c := st.begin()
	defer c.over()
	c.earlier, c.telling = r.Limit, g.telling
	if len(r.Followers) > 0 {
		c.follow(r) // an earlier stop settles: what is told then is told of both
	}
	v := g.chargeAll(r, c, size)
	for _, name := range g.internal {
		r.Response.Remove(name)
	}
	if v.Reason != guard.LimitUnavailable {
		r.Limit.Untold = g.telling == nothing
		g.telling.report(r, join(size.policies, c.told))
	}
	return v
}

func (g *Guard) chargeAll(r *guard.Request, c *check, size *sizes) guard.Verdict {
	for i := range g.shared {
		if v := g.charge(r, c, i, size.counters[i]); !v.Allows() {
			return v
		}
	}
	return g.askStores(r, c, size)
}

// charge asks one limit.
func (g *Guard) charge(r *guard.Request, c *check, i int, n counter) guard.Verdict {
	l := &g.limits[i]
	tokens := l.cost.tokens(r.Method)
	if tokens == 0 {
		return guard.Allow() // free: neither asked nor reported
	}
	tokens = min(tokens, n.base().capacity) // only where a share of a store's limit is counted here can it be more
	page, tag, err := c.locate(r, l, n.base().id, g.route)
	if err != nil {
		return c.refund(r, guard.Deny(guard.LimitUnavailable))
	}
	ch := charge{
		limit: l.limit, counter: n, tokens: tokens, cost: l.cost,
		key: c.pageKey(&r.Scratch, l.name, n.base().layout, page), tag: tag,
	}
	ch.at(r.Now)
	taken, err := c.take(r.World, &ch)
	switch {
	case err != nil:
		return c.refund(r, guard.Deny(guard.LimitUnavailable))
	case !taken:
		note(r, ch.left(), true)
		v := guard.Deny(n.base().reason)
		v.RetryAfter = time.Duration(n.wait(ch.level, tokens))
		return c.refund(r, v)
	}
	c.charges = append(c.charges, ch)
	if n.base().held || l.cost.ResponseHeader != "" {
		c.follow(r)
	}
	note(r, ch.left(), false)
	return guard.Allow()
}
