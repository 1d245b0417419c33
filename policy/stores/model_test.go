package stores

import (
	"maps"
	"math/big"
	"time"
)

// model is a slow counter in exact arithmetic, by times in microseconds.
type model interface {
	// at brings it to a time. It is not ok where it cannot be.
	at(now int64) (ok bool)
	fits(tokens int64) bool
	// add charges tokens, or gives back of what was charged at a stamp.
	add(tokens, charged, stamp int64)
	left() int64
	wait(tokens int64) int64
	stamp() int64
	// expiry is when it is as if never used; 0: it is.
	expiry() int64
	moved() bool // the clock was set back
	clone() model
}

// ceil is a rational rounded up.
func ceil(r *big.Rat) int64 {
	n := new(big.Int).Add(r.Num(), r.Denom())
	return n.Sub(n, big.NewInt(1)).Div(n, r.Denom()).Int64()
}

func floor(r *big.Rat) int64 { return new(big.Int).Div(r.Num(), r.Denom()).Int64() }

func whole(n int64) *big.Rat { return big.NewRat(n, 1) }

func clamp(r *big.Rat, most int64) *big.Rat {
	if r.Sign() < 0 {
		return whole(0)
	}
	if r.Cmp(whole(most)) > 0 {
		return whole(most)
	}
	return r
}

// bucketModel counts in tokens.
type bucketModel struct {
	capacity int64
	rate     *big.Rat // tokens in a microsecond
	missing  *big.Rat
	now      int64
	back     bool
}

func newBucketModel(capacity int64, num, den uint64) *bucketModel {
	rate := new(big.Rat).SetFrac(new(big.Int).SetUint64(num), new(big.Int).SetUint64(den))
	return &bucketModel{capacity: capacity, rate: rate.Quo(rate, whole(1e6)), missing: whole(0)}
}

func (m *bucketModel) clone() model {
	c := *m
	return &c
}

func (m *bucketModel) at(now int64) bool {
	m.back = now < m.now && m.missing.Sign() > 0
	if now > m.now {
		m.missing = clamp(new(big.Rat).Sub(m.missing, new(big.Rat).Mul(m.rate, whole(now-m.now))), m.capacity)
	}
	m.now = now
	return true
}

func (m *bucketModel) sum(tokens int64) *big.Rat { return new(big.Rat).Add(m.missing, whole(tokens)) }

func (m *bucketModel) fits(tokens int64) bool { return m.sum(tokens).Cmp(whole(m.capacity)) <= 0 }
func (m *bucketModel) add(tokens, charged, stamp int64) {
	change := whole(tokens)
	if tokens < 0 {
		refilled := new(big.Rat).Mul(m.rate, whole(max(0, m.now-stamp)))
		kept := clamp(new(big.Rat).Sub(whole(charged), refilled), charged)
		if back := whole(-tokens); back.Cmp(kept) < 0 {
			kept = back
		}
		change = new(big.Rat).Neg(kept)
	}
	m.missing = clamp(change.Add(change, m.missing), m.capacity)
}
func (m *bucketModel) left() int64 {
	return floor(new(big.Rat).Sub(whole(m.capacity), m.missing))
}

func (m *bucketModel) wait(tokens int64) int64 {
	over := new(big.Rat).Sub(m.sum(min(tokens, m.capacity)), whole(m.capacity))
	return max(0, ceil(over.Quo(over, m.rate)))
}
func (m *bucketModel) stamp() int64 { return m.now }
func (m *bucketModel) moved() bool  { return m.back }
func (m *bucketModel) expiry() int64 {
	if m.missing.Sign() == 0 {
		return 0
	}
	return m.now + ceil(new(big.Rat).Quo(m.missing, m.rate))
}

// windowModel remembers what was taken in each window.
type windowModel struct {
	limit, length int64
	taken         map[int64]int64 // by the window's beginning
	now, start    int64
	back          bool
}

func (m *windowModel) clone() model {
	c := *m
	c.taken = maps.Clone(m.taken)
	return &c
}

func (m *windowModel) at(now int64) bool {
	was, own := m.start, now-now%m.length
	all := m.taken[was] + m.taken[was-m.length]
	m.now, m.start, m.back = now, own, false
	switch {
	case all == 0 || was <= own:
	case was == own+m.length && was-now <= 1e6:
		m.start = was
	default:
		m.taken, m.back = map[int64]int64{own: min(m.limit, all)}, true
	}
	m.taken = map[int64]int64{m.start: m.taken[m.start], m.start - m.length: m.taken[m.start-m.length]}
	return true
}

// estimateAt is the estimate at a time, should nothing be taken until then.
func (m *windowModel) estimateAt(now int64) int64 {
	start := max(m.start, now-now%m.length)
	share := big.NewRat(start+m.length-max(now, start), m.length)
	return m.taken[start] + ceil(share.Mul(share, whole(m.taken[start-m.length])))
}

func (m *windowModel) fits(tokens int64) bool { return m.estimateAt(m.now)+tokens <= m.limit }
func (m *windowModel) add(tokens, _, stamp int64) {
	start := m.start
	if stamp == m.start-m.length {
		start = stamp
	} else if tokens < 0 && stamp < m.start {
		return
	}
	m.taken[start] = max(0, min(m.limit, m.taken[start]+tokens))
}
func (m *windowModel) left() int64 { return max(0, m.limit-m.estimateAt(m.now)) }

// wait looks for the first time at which so many fit: from then on they do.
func (m *windowModel) wait(tokens int64) int64 {
	fits := func(after int64) bool { return m.estimateAt(m.now+after)+min(tokens, m.limit) <= m.limit }
	low, high := int64(-1), m.start+2*m.length-m.now
	for high-low > 1 {
		if middle := low + (high-low)/2; fits(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
func (m *windowModel) stamp() int64 { return m.start }
func (m *windowModel) moved() bool  { return m.back }
func (m *windowModel) expiry() int64 {
	switch {
	case m.taken[m.start] > 0:
		return m.start + 2*m.length
	case m.taken[m.start-m.length] > 0:
		return m.start + m.length
	}
	return 0
}

// quotaModel reckons with Go's calendar.
type quotaModel struct {
	limit  int64
	per    string
	offset time.Duration
	worker int64 // microseconds: the clock of who asks
	now    int64
	ends   int64
	taken  int64
	back   bool
}

func (m *quotaModel) clone() model {
	c := *m
	return &c
}

// end is when the period of a time ends.
func (m *quotaModel) end(now int64) int64 {
	t := time.UnixMicro(now).UTC().Add(m.offset)
	y, mo, d, h := t.Year(), t.Month(), t.Day(), t.Hour()
	switch m.per {
	case "hour":
		t = time.Date(y, mo, d, h+1, 0, 0, 0, time.UTC)
	case "day":
		t = time.Date(y, mo, d+1, 0, 0, 0, 0, time.UTC)
	default:
		t = time.Date(y, mo+1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t.Add(-m.offset).UnixMicro()
}

func (m *quotaModel) at(now int64) bool {
	if m.per == "month" {
		month := func(us int64) int {
			t := time.UnixMicro(us).UTC().Add(m.offset)
			return t.Year()*12 + int(t.Month())
		}
		if d := month(now) - month(m.worker); d < -1 || d > 1 {
			return false
		}
	}
	m.now, m.back = now, false
	ends := m.end(now)
	switch {
	case m.taken == 0 || m.ends <= now:
		m.taken = 0
	case m.ends == m.end(ends) && ends-now <= 1e6 && m.knows(m.ends):
		ends = m.ends
	case m.ends != ends:
		m.back = true
	}
	m.ends = ends
	return true
}

// knows tells whether the script was told of a period's end.
func (m *quotaModel) knows(ends int64) bool {
	return m.per != "month" || ends <= m.end(m.end(m.worker))
}

func (m *quotaModel) fits(tokens int64) bool { return m.taken+tokens <= m.limit }
func (m *quotaModel) add(tokens, _, stamp int64) {
	if tokens > 0 || stamp >= m.ends {
		m.taken = max(0, min(m.limit, m.taken+tokens))
	}
}
func (m *quotaModel) left() int64 { return m.limit - m.taken }
func (m *quotaModel) wait(tokens int64) int64 {
	if m.taken+min(tokens, m.limit) <= m.limit {
		return 0
	}
	return m.ends - m.now
}
func (m *quotaModel) stamp() int64 { return m.ends }
func (m *quotaModel) moved() bool  { return m.back }
func (m *quotaModel) expiry() int64 {
	if m.taken == 0 {
		return 0
	}
	return m.ends
}
