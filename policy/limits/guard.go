package limits

import (
	"net/netip"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

// Guard is the limits of one route at one stop of the pipeline.
type Guard struct {
	route  string
	limits []attached
	plain  *sizes
	plans  map[string]*sizes // by the caller's plan, where a limit has one of that name
}

// sizes is how large the counters of a guard are for one plan.
type sizes struct {
	counters []counter // one for each limit
	policies string    // RateLimit-Policy
}

// newGuard returns nil when there are no limits. earlier are the limits that
// were asked before, and stand in the response too.
func newGuard(route string, limits, earlier []attached) *Guard {
	if len(limits) == 0 {
		return nil
	}
	g := &Guard{route: route, limits: limits, plain: newSizes(limits, earlier, "")}
	for _, plan := range plans(limits) {
		if g.plans == nil {
			g.plans = map[string]*sizes{}
		}
		g.plans[plan] = newSizes(limits, earlier, plan)
	}
	return g
}

func newSizes(limits, earlier []attached, plan string) *sizes {
	s := &sizes{policies: policies(plan, earlier, limits)}
	for _, l := range limits {
		s.counters = append(s.counters, l.of(plan))
	}
	return s
}

// Check charges every limit of the route, in order, or none of them: when one
// denies, what was charged is given back. For as long as that takes, a request
// of the same client at another worker finds so much less.
//
// It reads r.Now, r.Method, r.Headers, r.Captures, r.Caller and, where a limit
// counts by address, r.World.SourceAddress; it records RateLimit and
// RateLimit-Policy in r.Response and the tightest limit in r.Limit. An admitted
// request allocates nothing. The nil Guard is that of a route without limits.
func (g *Guard) Check(r *guard.Request, st *Store) guard.Verdict {
	if g == nil {
		return guard.Allow()
	}
	size := g.plans[r.Caller.Plan]
	if size == nil {
		size = g.plain
	}
	st.begin()
	for i := range g.limits {
		if v := g.charge(r, st, i, size.counters[i]); !v.Allows() {
			if v.Reason != guard.LimitUnavailable {
				report(r, size.policies)
			}
			return v
		}
	}
	report(r, size.policies)
	return guard.Allow()
}

// charge asks one limit.
func (g *Guard) charge(r *guard.Request, st *Store, i int, n counter) guard.Verdict {
	l := &g.limits[i]
	tokens := l.tokens(r.Method)
	if tokens == 0 {
		return guard.Allow() // free: neither asked nor reported
	}
	page, tag, err := st.locate(r, l, n.base().id, g.route)
	if err != nil {
		return st.refund(r.World, guard.Deny(guard.LimitUnavailable))
	}
	c := charge{
		limit: l.limit, counter: n, tokens: tokens, now: uint64(max(r.Now, 0)),
		key: st.pageKey(&r.Scratch, l.name, n.base().layout, page), tag: tag,
	}
	taken, err := st.take(r.World, &c)
	switch {
	case err != nil:
		return st.refund(r.World, guard.Deny(guard.LimitUnavailable))
	case !taken:
		note(r, &c, true)
		v := guard.Deny(n.base().reason)
		v.RetryAfter = time.Duration(n.wait(c.level, tokens))
		return st.refund(r.World, v)
	}
	st.charges = append(st.charges, c)
	note(r, &c, false)
	return guard.Allow()
}

// begin makes the Store ready for another Check.
func (st *Store) begin() { st.addr, st.charges = netip.Addr{}, st.charges[:0] }

// refund gives back what was charged, and returns the verdict. A store that
// fails at it is not one to count on.
func (st *Store) refund(sd guard.SharedData, v guard.Verdict) guard.Verdict {
	for i := range st.charges {
		if err := st.give(sd, &st.charges[i]); err != nil {
			v = guard.Deny(guard.LimitUnavailable)
		}
	}
	st.charges = st.charges[:0]
	return v
}
