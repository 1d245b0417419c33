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

// question is what one store is asked about one request, and says.
type question struct {
	of     *group
	asks   []stores.Ask
	places []int // in Guard.limits
	levels []stores.Level
}

// askStores charges the limits of stores, each store's in one call. Others are
// judged while it waits: what it keeps meanwhile is its own, or the check's.
func (g *Guard) askStores(r *guard.Request, c *check, size *sizes) guard.Verdict {
	if len(g.groups) == 0 {
		return guard.Allow()
	}
	questions, v := g.questions(r, c, size)
	for i := 0; i < len(questions) && v.Allows(); i++ {
		v = g.askStore(r, c, size, &questions[i])
	}
	if !v.Allows() {
		return c.takeBack(r, v)
	}
	return v
}

// questions is what the stores are asked. Who is known to be denied by one of
// several is refused before any is asked: an earlier one would be asked for each
// such request, and a rate-limit service would keep the charge.
func (g *Guard) questions(r *guard.Request, c *check, size *sizes) ([]question, guard.Verdict) {
	all := make([]question, 0, len(g.groups))
	for i := range g.groups {
		q, err := g.question(r, c, size, &g.groups[i])
		if err != nil || q.of.store == nil {
			return nil, guard.Deny(guard.LimitUnavailable)
		}
		if len(g.groups) > 1 {
			if denied := q.of.store.Recall(r.World, c.remote, r.Now, q.asks, q.levels); denied != stores.None {
				return nil, g.refused(r, c, size, &q, denied)
			}
		}
		all = append(all, q)
	}
	return all, guard.Allow()
}

func (g *Guard) askStore(r *guard.Request, c *check, size *sizes, q *question) guard.Verdict {
	if len(q.asks) == 0 {
		return guard.Allow() // all of them are free
	}
	denied, err := q.of.store.Take(r.World, c.remote, r.Now, q.asks, q.levels)
	switch {
	case errors.Is(err, guard.ErrGone):
		return guard.Deny(guard.LimitUnavailable)
	case err != nil:
		return g.without(r, c, size, q.of, q.places)
	case denied != stores.None:
		return g.refused(r, c, size, q, denied)
	}
	took := asked{store: q.of.store, asks: q.asks}
	for i := range q.asks {
		q.asks[i].Stamp = q.levels[i].Stamp
		l := &g.limits[q.places[i]]
		took.left = append(took.left, c.left(l.limit, size.counters[q.places[i]].base(), q.levels[i]))
		took.costs = append(took.costs, l.cost)
		if took.note(r, i); l.cost.ResponseHeader != "" {
			c.follow(r)
		}
	}
	c.asked = append(c.asked, took)
	return guard.Allow()
}

// refused is the verdict of a store that denied one ask.
func (g *Guard) refused(r *guard.Request, c *check, size *sizes, q *question, denied int) guard.Verdict {
	n := size.counters[q.places[denied]].base()
	note(r, c.left(g.limits[q.places[denied]].limit, n, q.levels[denied]), true)
	v := guard.Deny(n.reason)
	v.RetryAfter = q.levels[denied].Wait
	return v
}

// question is what the limits of a group ask. Limits that the request is free of
// ask nothing.
func (g *Guard) question(r *guard.Request, c *check, size *sizes, of *group) (q question, err error) {
	q.of = of
	for i := of.from; i < of.to; i++ {
		l := &g.limits[i]
		tokens := l.cost.tokens(r.Method)
		if tokens == 0 || of.store == nil {
			continue
		}
		a := stores.Ask{Limit: l.name, Counter: size.remote[i].counter, Descriptor: size.remote[i].descriptor, Tokens: tokens}
		if a.Key, err = c.remoteKey(r, l, size.remote[i], g.route); err != nil {
			return q, err
		}
		if a.Descriptor != nil {
			if a.Entries, err = c.entries(r, l, g.route); err != nil {
				return q, err
			}
		}
		q.asks, q.places = append(q.asks, a), append(q.places, i)
	}
	q.levels = make([]stores.Level, len(q.asks))
	return q, nil
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
			a.asks[i].Charged, a.asks[i].Tokens = a.asks[i].Tokens, -a.asks[i].Tokens
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
		if quota = said.Limit; said.Window == 0 {
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
