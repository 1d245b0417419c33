package limits

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/stores"
)

// Connect tells limits of the stores that they name. It is called before the
// routes are compiled.
func (s *Set) Connect(defs map[string]document.Limit, all *stores.Set, p *document.Problems) {
	for _, name := range s.names {
		if d := defs[name]; d.Store != "" {
			s.limits[name].connect(d, all, document.Path("limits").Key(name), p)
		}
	}
}

// connect makes what the store takes of each size.
func (l *limit) connect(d document.Limit, all *stores.Set, at document.Path, p *document.Problems) {
	l.remote.store = all.Get(d.Store)
	switch {
	case l.remote.store == nil:
		p.Add(at.Key("store"), "names the store "+strconv.Quote(d.Store)+", which is not defined", all.Known())
	case d.Concurrency != nil:
		return // reported
	case l.remote.store.IsService():
		l.remote.size = l.describe(d, at, p)
	default:
		l.remote.size = l.remoteSize(d, nil, at, p)
		l.remote.plans = map[string]*remoteSize{}
		for _, plan := range slices.Sorted(maps.Keys(d.Plans)) {
			of := document.Limit{TokenBucket: new(document.TokenBucket)}
			*of.TokenBucket = d.Plans[plan]
			l.remote.plans[plan] = l.remoteSize(of, &plan, at.Key("plans").Key(plan), p)
		}
	}
	l.compileOnError(d, at, p)
}

// remoteSize makes a counter of Redis. What is wrong with the size itself was
// reported already.
func (l *limit) remoteSize(d document.Limit, plan *string, at document.Path, p *document.Problems) *remoteSize {
	size := &remoteSize{}
	switch {
	case d.TokenBucket != nil && l.of(planName(plan)) != nil:
		if plan == nil {
			at = at.Key("token_bucket")
		}
		size.counter = remoteBucket(*d.TokenBucket, at, p)
	case d.SlidingWindow != nil && l.counter != nil:
		size.counter = stores.NewWindow(d.SlidingWindow.Limit, time.Duration(d.SlidingWindow.Window))
	case d.Quota != nil && l.counter != nil:
		minutes, _ := document.ParseOffset(d.Quota.Offset)
		size.counter = stores.NewQuota(d.Quota.Limit, d.Quota.Per, time.Duration(minutes)*time.Minute)
	case l.counter == nil && d.TokenBucket == nil && d.SlidingWindow == nil && d.Quota == nil:
		p.Add(at, "has no algorithm", `write "token_bucket": {"capacity": 100, "refill_per_second": 10}`)
	}
	if size.counter != nil {
		size.id = size.counter.ID()
	}
	if plan != nil {
		size.id = append(append(size.id, byte(byPlan)), *plan...)
	}
	return size
}

func planName(plan *string) string {
	if plan == nil {
		return ""
	}
	return *plan
}

// remoteBucket makes a bucket of Redis, if its numbers fit.
func remoteBucket(d document.TokenBucket, at document.Path, p *document.Problems) *stores.Counter {
	num, den := fraction(d.RefillPerSecond)
	if c, ok := stores.NewBucket(d.Capacity, num, den); ok {
		return c
	}
	p.Add(at.Key("refill_per_second"), "is "+strconv.FormatFloat(d.RefillPerSecond, 'g', -1, 64)+", which Redis cannot count exactly in a bucket of that capacity", nearRate(d))
	return nil
}

// nearRate says what to write instead of a rate that has too many decimals.
func nearRate(d document.TokenBucket) string {
	for scale := 1e8; scale >= 1; scale /= 10 {
		rate := math.Round(d.RefillPerSecond*scale) / scale
		if !(rate > 0) || float64(d.Capacity)/rate > maxWindow {
			break
		}
		num, den := fraction(rate)
		if _, ok := stores.NewBucket(d.Capacity, num, den); ok {
			return "write fewer decimals, such as " + strconv.FormatFloat(rate, 'f', -1, 64) + ", or a smaller capacity"
		}
	}
	return "write a smaller capacity, or a quota"
}

// describe makes what a rate-limit service is told. It has windows of its own:
// what it would not count as the policy says does not compile.
func (l *limit) describe(d document.Limit, at document.Path, p *document.Problems) *remoteSize {
	const remedy = `write a "quota" for each hour or day without an offset, or no algorithm: then the service's own configuration decides`
	size := &remoteSize{descriptor: stores.NewDescriptor(), id: []byte("service")}
	refuse := func(member, found string) {
		p.Add(at.Key(member), found+", which the rate-limit service does not count", remedy)
	}
	if !stores.IsTold(l.name) {
		p.Add(at, "has a name that holds a word of by between '_', as the rate-limit service joins the two", "write '-' for '_'")
	}
	switch {
	case d.TokenBucket != nil:
		refuse("token_bucket", "is a bucket")
	case d.SlidingWindow != nil:
		refuse("sliding_window", "is a sliding window")
	case d.Quota == nil:
		l.counter = &served{traits{capacity: document.MaxCost, called: "limit", reason: guard.RateLimited}}
	case l.counter == nil: // reported
	case d.Quota.Per != "hour" && d.Quota.Per != "day":
		refuse("quota", "is for each "+d.Quota.Per)
	case l.counter.(*quota).offset != 0:
		refuse("quota", "has the offset "+d.Quota.Offset)
	case d.Quota.Limit > stores.MaxOverride:
		p.Add(at.Key("quota").Key("limit"), fmt.Sprintf("is %d, more than the rate-limit service counts", d.Quota.Limit), fmt.Sprintf("write %d or less", stores.MaxOverride))
	default:
		size.descriptor = stores.NewOverride(d.Quota.Limit, d.Quota.Per)
	}
	return size
}

// served is the counter of a limit that only the rate-limit service knows. It
// counts nothing itself, and holds nothing.
type served struct{ traits }

func (*served) charge(now uint64, _ state, _ int64) (l level, taken bool) {
	return level{now: now}, false
}
func (*served) refund(now uint64, _ state, _ level, _ int64) (l level, ok bool) {
	return level{now: now}, false
}
func (*served) state(level) state           { return state{} }
func (*served) remaining(level) int64       { return 0 }
func (*served) wait(level, int64) uint64    { return 0 }
func (*served) weight(uint64, state) uint64 { return 0 }
