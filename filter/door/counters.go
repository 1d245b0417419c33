package door

import (
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
)

// noRoute stands for the route of a request that none matched. It cannot be
// the name of one.
const noRoute = "-"

// counters are the metric sallyport.requests by route, outcome and reason. The
// names are fixed by the policy, so a client cannot make them grow; each is
// defined when it is first counted.
type counters struct {
	host   host
	routes []string // by index + 1; the first is noRoute
	ids    []*perRoute
	names  []string // of the policy's own counters, by guard.Metric - 1
	named  []uint64 // their metric ids plus one
}

// perRoute holds metric ids plus one; zero is "not defined yet".
type perRoute [policy.Outcomes][guard.Reasons]uint64

func newCounters(h host, p *policy.Policy) *counters {
	routes := append([]string{noRoute}, p.RouteNames()...)
	names := p.Metrics()
	return &counters{host: h, routes: routes, ids: make([]*perRoute, len(routes)), names: names, named: make([]uint64, len(names))}
}

// routeName returns the name of a route, noRoute for -1.
func (p *plugin) routeName(route int) string {
	if p == nil || p.counters == nil || route < 0 {
		return noRoute
	}
	return p.counters.routes[route+1]
}

// count adds one to the counter of a decision.
func (c *counters) count(d *policy.Decision) error {
	if ids := c.ids[d.Route+1]; ids != nil {
		if id := ids[d.Outcome][d.Verdict.Reason]; id != 0 {
			return c.host.Increment(uint32(id - 1))
		}
	}
	return c.first(d)
}

// first defines the counter of a decision, and counts that.
func (c *counters) first(d *policy.Decision) error {
	ids := c.ids[d.Route+1]
	if ids == nil {
		ids = &perRoute{}
		c.ids[d.Route+1] = ids
	}
	id := &ids[d.Outcome][d.Verdict.Reason]
	if err := c.define(id, c.name(d)); err != nil {
		return err
	}
	return c.host.Increment(uint32(*id - 1))
}

// add adds one to a counter of the policy's.
func (c *counters) add(m guard.Metric) error {
	if m == 0 {
		return nil
	}
	id := &c.named[m-1]
	if *id == 0 {
		if err := c.define(id, c.names[m-1]); err != nil {
			return err
		}
	}
	return c.host.Increment(uint32(*id - 1))
}

func (c *counters) define(id *uint64, name string) error {
	defined, err := c.host.DefineCounter(name)
	if err != nil {
		return err
	}
	*id = uint64(defined) + 1
	return nil
}

// name returns the name of a counter. The bootstraps' stats_tags cut route,
// outcome and reason out of it again.
func (c *counters) name(d *policy.Decision) string {
	return "sallyport.requests.route." + c.routes[d.Route+1] + ".outcome." + d.Outcome.String() + ".reason." + d.Verdict.Reason.String()
}
