package door

import (
	"sallyport.dev/sallyport/filter/proxywasm"
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
	host   proxywasm.Host
	routes []string // by index + 1; the first is noRoute
	ids    []*perRoute
}

// perRoute holds metric ids plus one; zero is "not defined yet".
type perRoute [policy.Outcomes][guard.Reasons]uint64

func newCounters(h proxywasm.Host, routes []string) *counters {
	names := append([]string{noRoute}, routes...)
	return &counters{host: h, routes: names, ids: make([]*perRoute, len(names))}
}

// routeName returns the name of a route, noRoute for -1.
func (p *plugin) routeName(route int) string {
	if p == nil || p.counters == nil || route < 0 {
		return noRoute
	}
	return p.counters.routes[route+1]
}

// count adds one to the counter of a decision.
func (c *counters) count(d policy.Decision) error {
	ids := c.ids[d.Route+1]
	if ids == nil {
		ids = &perRoute{}
		c.ids[d.Route+1] = ids
	}
	id := &ids[d.Outcome][d.Verdict.Reason]
	if *id == 0 {
		defined, err := c.host.DefineCounter(c.name(d))
		if err != nil {
			return err
		}
		*id = uint64(defined) + 1
	}
	return c.host.Increment(uint32(*id - 1))
}

// name returns the name of a counter. The bootstraps' stats_tags cut route,
// outcome and reason out of it again.
func (c *counters) name(d policy.Decision) string {
	return "sallyport.requests.route." + c.routes[d.Route+1] + ".outcome." + d.Outcome.String() + ".reason." + d.Verdict.Reason.String()
}
