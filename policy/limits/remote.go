package limits

import (
	"errors"
	"strconv"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/stores"
)

// onError is what a limit does while its store does not answer. The zero value
// denies.
type onError uint8

const (
	denyOnError onError = iota
	allowOnError
	localOnError
)

// remote is what a limit of a store has beside its counters.
type remote struct {
	store   *stores.Store // nil: a problem was reported, and the limit denies
	onError onError
	size    *remoteSize
	plans   map[string]*remoteSize

	def     document.Limit // of which the local ones are made
	dearest int64          // that a request costs which is counted locally; 0: none is
}

// remoteSize is a counter as a store takes it.
type remoteSize struct {
	counter    *stores.Counter    // of a webdis
	descriptor *stores.Descriptor // of a rate-limit service
	id         []byte             // what tells it from others of the limit, in every proxy
	local      counter            // where the store does not answer; nil: it is not counted
}

func (rt *remote) of(plan string) *remoteSize {
	if rt == nil {
		return nil
	}
	if size, ok := rt.plans[plan]; ok {
		return size
	}
	return rt.size
}

// group is the limits of a route that are asked in one call.
type group struct {
	store    *stores.Store
	from, to int // in Guard.limits
}

// byStore sorts the limits of a route: those in shared data come first, then
// those of each store.
func byStore(limits []attached) (sorted []attached, shared int, groups []group) {
	for _, l := range limits {
		if l.remote == nil {
			sorted = append(sorted, l)
		}
	}
	shared = len(sorted)
	seen := map[*stores.Store]bool{}
	for _, first := range limits {
		if first.remote == nil || seen[first.remote.store] {
			continue
		}
		g := group{store: first.remote.store, from: len(sorted)}
		seen[g.store] = true
		for _, l := range limits {
			if l.remote != nil && l.remote.store == g.store {
				sorted = append(sorted, l)
			}
		}
		g.to = len(sorted)
		groups = append(groups, g)
	}
	return sorted, shared, groups
}

// CallsOut tells whether Check may wait for a store.
func (g *Guard) CallsOut() bool { return g != nil && len(g.groups) > 0 }

// asked is what a store took for one request.
type asked struct {
	store *stores.Store
	asks  []stores.Ask
	left  []guard.Limit // what each leaves; without a name: it is unlimited
	costs []*cost
}

// askStores charges the limits of stores, each store's in one call. Others are
// judged while it waits: what it keeps meanwhile is its own, or the check's.
func (g *Guard) askStores(r *guard.Request, c *check, size *sizes) guard.Verdict {
	for i := range g.groups {
		if v := g.askStore(r, c, size, &g.groups[i]); !v.Allows() {
			return c.takeBack(r, v)
		}
	}
	return guard.Allow()
}

func (g *Guard) askStore(r *guard.Request, c *check, size *sizes, of *group) guard.Verdict {
	asks, places, err := g.asks(r, c, size, of)
	switch {
	case err != nil || of.store == nil:
		return guard.Deny(guard.LimitUnavailable)
	case len(asks) == 0:
		return guard.Allow() // all of them are free
	}
	levels := make([]stores.Level, len(asks))
	denied, err := of.store.Take(r.World, c.remote, r.Now, asks, levels)
	switch {
	case errors.Is(err, guard.ErrGone):
		return guard.Deny(guard.LimitUnavailable)
	case err != nil:
		return g.without(r, c, size, of, places)
	case denied != stores.None:
		l := &g.limits[places[denied]]
		n := size.counters[places[denied]].base()
		note(r, c.left(l.limit, n, levels[denied]), true)
		v := guard.Deny(n.reason)
		v.RetryAfter = levels[denied].Wait
		return v
	}
	took := asked{store: of.store, asks: asks}
	for i := range asks {
		asks[i].Stamp = levels[i].Stamp
		l := &g.limits[places[i]]
		took.left = append(took.left, c.left(l.limit, size.counters[places[i]].base(), levels[i]))
		took.costs = append(took.costs, l.cost)
		if took.note(r, i); l.cost.ResponseHeader != "" {
			c.follow(r)
		}
	}
	c.asked = append(c.asked, took)
	return guard.Allow()
}

// asks are what the limits of a group ask, and their places in g.limits. Limits
// that the request is free of ask nothing.
func (g *Guard) asks(r *guard.Request, c *check, size *sizes, of *group) (asks []stores.Ask, places []int, err error) {
	for i := of.from; i < of.to; i++ {
		l := &g.limits[i]
		tokens := l.cost.tokens(r.Method)
		if tokens == 0 || of.store == nil {
			continue
		}
		a := stores.Ask{Limit: l.name, Counter: size.remote[i].counter, Descriptor: size.remote[i].descriptor, Tokens: tokens}
		if a.Key, err = c.remoteKey(r, l, size.remote[i], g.route); err != nil {
			return nil, nil, err
		}
		if a.Descriptor != nil {
			if a.Entries, err = c.entries(r, l, g.route); err != nil {
				return nil, nil, err
			}
		}
		asks, places = append(asks, a), append(places, i)
	}
	return asks, places, nil
}

// without judges by the limits of a store that does not answer, each by its own
// setting.
func (g *Guard) without(r *guard.Request, c *check, size *sizes, of *group, places []int) guard.Verdict {
	for _, i := range places {
		if g.limits[i].remote.onError == denyOnError {
			r.World.Count(of.store.Denied)
			return guard.Deny(guard.LimitUnavailable)
		}
	}
	for _, i := range places {
		local := size.remote[i].local
		if g.limits[i].remote.onError == allowOnError {
			r.World.Count(of.store.Allowed)
			continue
		}
		r.World.Count(of.store.Local)
		if v := g.charge(r, c, i, local); !v.Allows() {
			return v
		}
	}
	return guard.Allow()
}

// takeBack gives back what was charged by this check, in shared data and in
// stores, and returns the verdict. A rate-limit service gives nothing back.
func (c *check) takeBack(r *guard.Request, v guard.Verdict) guard.Verdict {
	for _, a := range c.asked {
		for i := range a.asks {
			a.asks[i].Tokens = -a.asks[i].Tokens
		}
		a.store.Settle(r.World, c.remote, r.Now, a.asks)
	}
	c.asked = c.asked[:0]
	return c.refund(r, v)
}

// left is what a store said; n is the size for the caller's plan.
func (c *check) left(l *limit, n *traits, said stores.Level) guard.Limit {
	quota := n.capacity
	if n.told() {
		if quota = said.Limit; quota == 0 {
			return guard.Limit{} // it is unlimited
		}
		c.told = join(c.told, `"`+l.name+`";q=`+strconv.FormatInt(said.Limit, 10)+`;w=`+strconv.FormatInt(said.Window, 10))
	}
	return guard.Limit{Name: l.name, Quota: quota, Remaining: said.Left, Reset: int64((said.Next + time.Second - 1) / time.Second)}
}

func (a *asked) note(r *guard.Request, i int) {
	if a.left[i].Name != "" {
		note(r, a.left[i], false)
	}
}
