package limits

import (
	"errors"

	"sallyport.dev/sallyport/policy/guard"
)

// Respond implements guard.Follower: where the response says what its request
// has cost, the difference to what was charged is charged, or given back.
func (c *check) Respond(r *guard.Request) (err error) {
	settled := false
	for i := range c.charges {
		did, failed := c.settle(r, &c.charges[i])
		settled, err = settled || did, errors.Join(err, failed)
	}
	for i := range c.asked {
		did, failed := c.settleStore(r, &c.asked[i])
		settled, err = settled || did, errors.Join(err, failed)
	}
	if settled {
		retell(r)
		r.Limit.Untold = c.telling == nothing
		c.telling.reportTightest(r)
	}
	return err
}

// settle settles one charge in shared data. What is missing is taken as far as
// it is there: a counter is never below empty.
func (c *check) settle(r *guard.Request, ch *charge) (settled bool, err error) {
	n, ok, err := ch.cost.said(r.World)
	if !ok || err != nil {
		return false, err
	}
	before := ch.tokens
	ch.tokens = min(n, ch.counter.base().capacity) // only a share of a store's limit can be less
	ch.at(r.Now)
	switch {
	case ch.tokens > before:
		return true, c.drain(r.World, ch, ch.tokens-before)
	case ch.tokens < before:
		s, err := c.give(r.World, ch, before-ch.tokens)
		ch.level, _ = ch.counter.charge(ch.now, s, 0)
		return true, err
	}
	return false, nil
}

// settleStore settles what was taken in one store. Nobody waits for its answer,
// so what is left then is reckoned here.
func (c *check) settleStore(r *guard.Request, a *asked) (settled bool, err error) {
	var asks = a.asks[:0:0]
	for i := range a.asks {
		n, ok, failed := a.costs[i].said(r.World)
		err = errors.Join(err, failed)
		if more := n - a.asks[i].Tokens; ok && more != 0 {
			ask := a.asks[i]
			ask.Charged, ask.Tokens = ask.Tokens, more
			asks, a.asks[i].Tokens = append(asks, ask), n
			a.left[i].Remaining = min(max(a.left[i].Remaining-more, 0), a.left[i].Quota)
		}
	}
	if len(asks) > 0 {
		a.store.Settle(r.World, c.remote, r.Now, asks)
	}
	return len(asks) > 0, err
}

// retell finds the tightest limit anew, of all stops of the request.
func retell(r *guard.Request) {
	first := true
	for _, f := range r.Followers {
		c, ok := f.(*check)
		if !ok {
			continue
		}
		if first {
			r.Limit, first = c.earlier, false
		}
		for i := range c.charges {
			note(r, c.charges[i].left(), false)
		}
		for i := range c.asked {
			for j := range c.asked[i].left {
				c.asked[i].note(r, j)
			}
		}
	}
}

// said reads what a response says that its request has cost. It is not ok where
// it does not say so, in one field and as a whole number: what was charged stays.
func (c *cost) said(w guard.World) (n int64, ok bool, err error) {
	if c.ResponseHeader == "" {
		return 0, false, nil
	}
	value, count, err := w.ResponseHeader(c.ResponseHeader)
	if err != nil || count != 1 {
		return 0, false, err
	}
	n, ok = wholeCost(value, c.Max)
	return n, ok, nil
}

// wholeCost reads ASCII digits; a number above most counts as most.
func wholeCost(value string, most int64) (n int64, ok bool) {
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return 0, false
		}
		n = min(n*10+int64(value[i]-'0'), most)
	}
	return n, value != ""
}
