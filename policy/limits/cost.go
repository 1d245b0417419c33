package limits

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

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

// dearest is what a request takes at most, before its response is there.
func (c *cost) dearest() int64 {
	dearest := c.Default
	for _, n := range c.ByMethod {
		dearest = max(dearest, n)
	}
	return dearest
}

// compileCost checks that each cost can be paid, and that something costs at all.
func (l *limit) compileCost(d document.Cost, at document.Path, p *document.Problems) cost {
	c := cost{Default: d.Default, ByMethod: maps.Clone(d.ByMethod), ResponseHeader: strings.ToLower(d.ResponseHeader), Max: d.Max}
	where := at
	if c.ByMethod != nil || c.ResponseHeader != "" {
		where = at.Key("default")
	}
	l.checkCost(c.Default, where, p)
	for _, method := range slices.Sorted(maps.Keys(d.ByMethod)) {
		l.checkCost(d.ByMethod[method], at.Key(method), p)
	}
	if c.dearest() == 0 {
		p.Add(at, "is 0 for every method", "write the tokens that a request takes, or take the limit out")
	}
	if c.ResponseHeader != "" {
		l.checkResponse(&c, at, p)
	}
	get, hasGet := c.ByMethod["GET"]
	if _, hasHead := c.ByMethod["HEAD"]; hasGet && !hasHead {
		c.ByMethod["HEAD"] = get // a HEAD is as much work as the GET it stands for
	}
	return c
}

// checkResponse checks what a response can cost.
func (l *limit) checkResponse(c *cost, at document.Path, p *document.Problems) {
	header, most := at.Key("response_header"), at.Key("max")
	name := strconv.Quote(c.ResponseHeader)
	switch {
	case !isToken(c.ResponseHeader):
		p.Add(header, "is "+name+", which is not the name of a header", "write letters, digits and '-' (RFC 9110 section 5.1)")
	case slices.Contains(framing, c.ResponseHeader):
		p.Add(header, "is "+name+", a header of the connection", "write another header")
	case slices.Contains(fields, c.ResponseHeader):
		p.Add(header, "is "+name+", which tells clients of limits", "write another header")
	}
	if l.counter != nil && l.counter.base().held {
		p.Add(header, `stands beside "concurrency", where a request takes its places when it begins`, "take it out")
	}
	if dearest := c.dearest(); c.Max < dearest {
		p.Add(most, fmt.Sprintf("is %d, less than the %d that is charged before the response", c.Max, dearest), fmt.Sprintf("write %d or more", dearest))
	}
	l.checkCost(c.Max, most, p)
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
