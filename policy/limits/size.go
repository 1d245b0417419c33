package limits

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"sallyport.dev/sallyport/policy/document"
)

func (l *limit) compileCounters(d document.Limit, at document.Path, p *document.Problems) {
	switch {
	case d.TokenBucket != nil:
		l.counter = l.compileBucket(*d.TokenBucket, nil, at.Key("token_bucket"), p)
	case d.SlidingWindow != nil:
		l.counter = l.compileWindow(*d.SlidingWindow, at.Key("sliding_window"), p)
	case d.Quota != nil:
		l.counter = l.compileQuota(*d.Quota, at.Key("quota"), p)
	case d.Concurrency != nil:
		l.counter = l.compileConcurrency(d, at, p)
	case d.Store == "": // else: see connect
		p.Add(at, "has no algorithm", `write "token_bucket": {"capacity": 100, "refill_per_second": 10}`)
	}
	l.plans = make(map[string]counter, len(d.Plans))
	for _, plan := range slices.Sorted(maps.Keys(d.Plans)) {
		l.plans[plan] = l.compileBucket(d.Plans[plan], &plan, at.Key("plans").Key(plan), p)
	}
}

func (l *limit) compileBucket(d document.TokenBucket, plan *string, at document.Path, p *document.Problems) counter {
	if !soundBucket(d, at, p) {
		return nil
	}
	b := newBucket(d, plan)
	l.longest = max(l.longest, b.longest)
	return b
}

// soundBucket checks what the arithmetic of a bucket relies on.
func soundBucket(d document.TokenBucket, at document.Path, p *document.Problems) bool {
	refill := at.Key("refill_per_second")
	rate := strconv.FormatFloat(d.RefillPerSecond, 'g', -1, 64)
	switch {
	case d.Capacity < 1 || d.Capacity > document.MaxCost:
		p.Add(at.Key("capacity"), fmt.Sprintf("is %d", d.Capacity), "write a whole number from 1 to 1000000000")
	case !(d.RefillPerSecond > 0 && d.RefillPerSecond <= 1_000_000): // NaN too
		p.Add(refill, "is "+rate, "write a number above 0, up to 1000000")
	case float64(d.Capacity)/d.RefillPerSecond > maxWindow:
		p.Add(refill, "is "+rate+", so that an empty bucket needs more than 366 days to refill", "write a larger refill_per_second or a smaller capacity")
	default:
		return true
	}
	return false
}

func (l *limit) compileWindow(d document.SlidingWindow, at document.Path, p *document.Problems) counter {
	window := time.Duration(d.Window)
	switch {
	case d.Limit < 1 || d.Limit > document.MaxCost:
		p.Add(at.Key("limit"), fmt.Sprintf("is %d", d.Limit), "write a whole number from 1 to 1000000000")
		return nil
	case window < time.Second || window > maxWindow*time.Second || window%time.Second != 0:
		p.Add(at.Key("window"), "is "+window.String(), "write whole seconds, from 1s to 366d")
		return nil
	}
	w := newWindow(d)
	l.longest = max(l.longest, w.longest)
	return w
}

// maxQuota is the largest limit of a quota.
const maxQuota = 1_000_000_000_000

func (l *limit) compileQuota(d document.Quota, at document.Path, p *document.Problems) counter {
	if d.Limit < 1 || d.Limit > maxQuota {
		p.Add(at.Key("limit"), fmt.Sprintf("is %d", d.Limit), "write a whole number from 1 to 1000000000000")
		return nil
	}
	if d.Per != "hour" && d.Per != "day" && d.Per != "month" {
		p.Add(at.Key("per"), "is "+strconv.Quote(d.Per), "write hour, day or month")
		return nil
	}
	minutes, ok := document.ParseOffset(d.Offset)
	if !ok {
		p.Add(at.Key("offset"), "is "+strconv.Quote(d.Offset), "write "+document.Forms["offset"].Words)
		return nil
	}
	q := newQuota(d, int64(minutes)*60*second)
	l.longest = max(l.longest, q.longest)
	return q
}

// maxDuration is the longest time for which a stream can be counted.
const maxDuration = 7 * 24 * time.Hour

func (l *limit) compileConcurrency(d document.Limit, at document.Path, p *document.Problems) counter {
	if d.Store != "" {
		p.Add(at.Key("store"), "stands beside \"concurrency\", which is counted in shared data alone", "take one of them out")
	}
	at = at.Key("concurrency")
	longest := time.Duration(d.Concurrency.MaxDuration)
	switch {
	case d.Concurrency.Limit < 1 || d.Concurrency.Limit > maxConcurrency:
		p.Add(at.Key("limit"), fmt.Sprintf("is %d", d.Concurrency.Limit), "write a whole number from 1 to 1000000")
		return nil
	case longest < time.Second || longest > maxDuration:
		p.Add(at.Key("max_duration"), "is "+longest.String(), "write a duration from 1s to 7d")
		return nil
	}
	n := newConcurrency(*d.Concurrency)
	l.longest = max(l.longest, n.longest)
	return n
}
