package limits

import (
	"strconv"

	"sallyport.dev/sallyport/policy/document"
)

var onErrors = map[string]onError{"": denyOnError, "deny": denyOnError, "allow": allowOnError, "local": localOnError}

// compileOnError reads what happens while the store does not answer.
func (l *limit) compileOnError(d document.Limit, at document.Path, p *document.Problems) {
	on, known := onErrors[d.OnStoreError]
	l.remote.onError = on
	switch {
	case !known:
		p.Add(at.Key("on_store_error"), "is "+strconv.Quote(d.OnStoreError), "write deny, allow or local")
	case on != localOnError && d.LocalFraction != 0:
		p.Add(at.Key("local_fraction"), `stands without "on_store_error": "local"`, "write both, or take it out")
	case on != localOnError:
	case !(d.LocalFraction > 0 && d.LocalFraction <= 1): // NaN too
		p.Add(at, `has "on_store_error": "local" and no local_fraction`, `write the share of the limit that each proxy counts alone, such as "local_fraction": 0.25 for four of them`)
	case d.TokenBucket == nil && d.SlidingWindow == nil && d.Quota == nil:
		p.Add(at.Key("on_store_error"), "is local, and the limit has no algorithm to count by", `write "deny" or "allow", or a "quota"`)
	case l.remote.store == nil: // reported
	default:
		l.remote.def, l.remote.dearest = d, l.cost.dearest()
		l.countLocally(d)
	}
}

// afford makes the counters of countLocally as large as what a route's own cost
// may take: cut to less, dear requests would pass at more than the share's rate.
func (l *limit) afford(c *cost) {
	if l.remote == nil || l.remote.dearest == 0 || c.dearest() <= l.remote.dearest {
		return
	}
	l.remote.dearest = c.dearest()
	l.countLocally(l.remote.def)
}

// countLocally makes the counters that stand in shared data while the store does
// not answer: a fraction of the limit, at the same fraction of its rate. They
// are counters of their own.
func (l *limit) countLocally(d document.Limit) {
	l.remote.size.local = l.fraction(d, l.counter, nil)
	for plan, size := range l.remote.plans {
		of := d.Plans[plan]
		size.local = l.fraction(document.Limit{TokenBucket: &of, LocalFraction: d.LocalFraction}, l.plans[plan], &plan)
	}
}

func (l *limit) fraction(d document.Limit, whole counter, plan *string) counter {
	if whole == nil {
		return nil // reported
	}
	part := max(int64(float64(whole.base().capacity)*d.LocalFraction), l.remote.dearest, 1)
	var n counter
	switch w := whole.(type) {
	case *bucket:
		rate := d.TokenBucket.RefillPerSecond * d.LocalFraction
		n = newBucket(document.TokenBucket{Capacity: part, RefillPerSecond: max(rate, float64(part)/maxWindow)}, plan)
	case *slidingWindow:
		n = newWindow(document.SlidingWindow{Limit: part, Window: d.SlidingWindow.Window})
	case *quota:
		n = newQuota(document.Quota{Limit: part, Per: d.Quota.Per}, w.offset)
	default:
		return nil
	}
	n.base().id = append(n.base().id, "local"...)
	l.longest = max(l.longest, n.base().longest)
	return n
}
