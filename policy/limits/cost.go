package limits

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"sallyport.dev/sallyport/policy/document"
)

// cost is what requests take: of a limit or, in its place, of a route.
type cost document.Cost

// tokens is what a request takes; 0 is nothing.
func (c *cost) tokens(method string) int64 {
	if n, ok := c.ByMethod[method]; ok {
		return n
	}
	return c.Default
}

// dearest is what a request takes at most.
func (c *cost) dearest() int64 {
	dearest := c.Default
	for _, n := range c.ByMethod {
		dearest = max(dearest, n)
	}
	return dearest
}

// compileCost checks that each cost can be paid, and that something costs at all.
func (l *limit) compileCost(d document.Cost, at document.Path, p *document.Problems) cost {
	c := cost{Default: d.Default, ByMethod: maps.Clone(d.ByMethod)}
	where := at
	if c.ByMethod != nil {
		where = at.Key("default")
	}
	l.checkCost(c.Default, where, p)
	for _, method := range slices.Sorted(maps.Keys(d.ByMethod)) {
		l.checkCost(d.ByMethod[method], at.Key(method), p)
	}
	if c.dearest() == 0 {
		p.Add(at, "is 0 for every method", "write the tokens that a request takes, or take the limit out")
	}
	get, hasGet := c.ByMethod["GET"]
	if _, hasHead := c.ByMethod["HEAD"]; hasGet && !hasHead {
		c.ByMethod["HEAD"] = get // a HEAD is as much work as the GET it stands for
	}
	return c
}

func (l *limit) checkCost(cost int64, at document.Path, p *document.Problems) {
	if cost < 0 {
		p.Add(at, fmt.Sprintf("is %d", cost), "write a whole number, 0 or more")
	}
	l.checkFits(cost, l.counter, "", at, p)
	for _, plan := range slices.Sorted(maps.Keys(l.plans)) {
		l.checkFits(cost, l.plans[plan], " of the plan "+strconv.Quote(plan), at, p)
	}
}

func (l *limit) checkFits(cost int64, n counter, of string, at document.Path, p *document.Problems) {
	if n == nil || cost <= n.base().capacity {
		return
	}
	most, called := n.base().capacity, n.base().called
	p.Add(at, fmt.Sprintf("is %d, more than the %s %d%s: no such request could ever pass", cost, called, most, of),
		fmt.Sprintf("write %d or less, or a larger %s", most, called))
}
