package version

import (
	"sort"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

// Guard is the life of one route. It is immutable; nil is that of a route of
// which nothing is known.
type Guard struct {
	deprecated int64 // Unix time in nanoseconds
	sunset     int64 // 0: none
	retires    bool
	brownOuts  []brownOut // in order, none in another

	deprecation string // values of the fields; empty: none
	sunsetDate  string
	links       string

	counters counters
}

// brownOut is a time at which the version does not answer, in nanoseconds.
type brownOut struct{ from, until int64 }

// Check records what every response to the request says, and denies with
// VersionRetired after the sunset of a route that retires, and with
// VersionBrownOut during a brown-out. It reads r.Now alone.
func (g *Guard) Check(r *guard.Request) guard.Verdict {
	if g == nil {
		return guard.Allow()
	}
	r.Response.Replace("deprecation", g.deprecation)
	if g.sunsetDate != "" {
		r.Response.Replace("sunset", g.sunsetDate)
	}
	if g.links != "" {
		r.Response.Add("link", g.links) // beside the upstream's own
	}
	if g.retires && r.Now >= g.sunset {
		return guard.Deny(guard.VersionRetired)
	}
	if until := g.brownOut(r.Now); until > 0 {
		v := guard.Deny(guard.VersionBrownOut)
		v.RetryAfter = time.Duration(until - r.Now)
		return v
	}
	return guard.Allow()
}

// brownOut returns the end of the brown-out at a time, 0 where there is none.
func (g *Guard) brownOut(now int64) int64 {
	if len(g.brownOuts) == 0 {
		return 0
	}
	i := sort.Search(len(g.brownOuts), func(i int) bool { return g.brownOuts[i].until > now })
	if i < len(g.brownOuts) && g.brownOuts[i].from <= now {
		return g.brownOuts[i].until
	}
	return 0
}

// Count counts who calls a version that is deprecated. It is asked when every
// other guard has allowed the request, so that each is counted once.
func (g *Guard) Count(r *guard.Request) {
	if g != nil && r.Now >= g.deprecated {
		r.World.Count(g.counters.of(&r.Caller))
	}
}
