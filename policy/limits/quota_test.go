package limits

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
)

func TestTheEndOfAPeriod(t *testing.T) {
	tests := []struct {
		name, per, offset string
		now, want         string
	}{
		{"an hour", "hour", "+00:00", "2026-03-01T10:59:59Z", "2026-03-01T11:00:00Z"},
		{"the first moment of an hour", "hour", "+00:00", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"},
		{"an hour of half an hour's offset", "hour", "+05:30", "2026-03-01T10:29:59Z", "2026-03-01T10:30:00Z"},
		{"an hour of a negative offset", "hour", "-03:30", "2026-03-01T10:30:00Z", "2026-03-01T11:30:00Z"},
		{"a day", "day", "+00:00", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"},
		{"a day that ends earlier", "day", "+02:00", "2026-03-01T21:59:59Z", "2026-03-01T22:00:00Z"},
		{"a day that ends later", "day", "-08:00", "2026-03-01T07:59:59Z", "2026-03-01T08:00:00Z"},
		{"a month of 31 days", "month", "+00:00", "2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z"},
		{"a month of 30 days", "month", "+00:00", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"},
		{"February", "month", "+00:00", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"February of a leap year", "month", "+00:00", "2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z"},
		{"February of 2100, which is none", "month", "+00:00", "2100-02-28T12:00:00Z", "2100-03-01T00:00:00Z"},
		{"December", "month", "+00:00", "2026-12-05T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"a month that has begun elsewhere", "month", "+14:00", "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z"},
		{"a month that has not begun elsewhere", "month", "-12:00", "2026-03-01T11:59:59Z", "2026-03-01T12:00:00Z"},
		{"the beginning of 1970", "day", "+00:00", "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"},
		{"the beginning of 1970, where it is 1969", "month", "-03:00", "1970-01-01T00:00:00Z", "1970-01-01T03:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			minutes, ok := document.ParseOffset(tt.offset)
			if !ok {
				t.Fatal(tt.offset)
			}
			q := newQuota(document.Quota{Limit: 1, Per: tt.per}, int64(minutes)*60*second)
			if got := time.Unix(0, int64(q.end(uint64(now.UnixNano())))).UTC().Format(time.RFC3339Nano); got != tt.want {
				t.Errorf("it ends at %s, want %s", got, tt.want)
			}
		})
	}
}

// quotaModel counts by the name of the period, as a wall calendar does.
type quotaModel struct {
	limit  int64
	per    string
	zone   *time.Location
	period time.Time // that was counted last
	used   int64
}

// first is the first moment of a time's period.
func (m *quotaModel) first(nanos uint64) time.Time {
	at := time.Unix(0, int64(nanos)).In(m.zone)
	switch m.per {
	case "hour":
		return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), 0, 0, 0, m.zone)
	case "day":
		return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, m.zone)
	}
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, m.zone)
}

// take is: an earlier period's count is over; a later period's is carried over
// to the clock's, but for one that begins within the slack, which is counted in.
func (m *quotaModel) take(now uint64, cost int64) (admitted bool, remaining int64) {
	period, used := m.first(now), m.used
	soon := m.first(now + slack)
	switch {
	case m.period.Before(period):
		used = 0
	case m.period.After(period) && m.period.Equal(soon):
		period = soon
	case m.period.After(period):
		m.period = period
	}
	if used+cost > m.limit {
		return false, m.limit - used
	}
	m.period, m.used = period, used+cost
	return true, m.limit - m.used
}

func anyQuota(t *rapid.T) (*quota, *quotaModel) {
	minutes := rapid.IntRange(-12*60, 14*60).Draw(t, "offset")
	d := document.Quota{
		Limit: rapid.OneOf(rapid.Int64Range(1, 20), rapid.Int64Range(1, maxQuota)).Draw(t, "limit"),
		Per:   rapid.SampledFrom([]string{"hour", "day", "month"}).Draw(t, "per"),
	}
	return newQuota(d, int64(minutes)*60*second),
		&quotaModel{limit: d.Limit, per: d.Per, zone: time.FixedZone("", minutes*60)}
}

func TestTheQuotaEqualsTheExactModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, m := anyQuota(t)
		now, s := start, state{}
		for i := range rapid.IntRange(1, 200).Draw(t, "requests") {
			length := int64(q.window) * second
			now += uint64(rapid.OneOf(
				rapid.Int64Range(0, length/10),
				rapid.Int64Range(-int64(second), int64(second)),
				rapid.Just(int64(q.end(now)-now)-1), // the last moment
				rapid.Just(int64(1)),
				rapid.Int64Range(-length, 3*length),
			).Draw(t, "step"))
			cost := anyCost(t, min(q.capacity, document.MaxCost))
			l, admitted := q.charge(now, s, cost)
			if admitted || l.capped {
				s = q.state(l)
			}
			want, left := m.take(now, cost)
			if admitted != want || q.remaining(l) != left {
				t.Fatalf("request %d, cost %d of %d: admitted %v with %d left, the model %v with %d",
					i, cost, q.capacity, admitted, q.remaining(l), want, left)
			}
		}
	})
}

// No period admits more than the limit each time that the clock goes through
// it: a clock that is set back begins it once more, with what was taken in the
// later one, and ends it no later than the calendar does.
func TestNoPeriodAdmitsMoreThanTheQuota(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, _ := anyQuota(t)
		now, s, period, sum := start, state{}, uint64(0), int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			length := int64(q.window) * second
			now += uint64(rapid.OneOf(rapid.Int64Range(0, length/10), rapid.Int64Range(-length/20, 0)).Draw(t, "step"))
			late := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, slack/2)).Draw(t, "late")
			cost := anyCost(t, min(q.capacity, document.MaxCost))
			l, admitted := q.charge(now-late, s, cost)
			if l.start != period {
				period, sum = l.start, 0
			}
			if admitted || l.capped {
				s = q.state(l)
			}
			if admitted {
				sum += cost
			}
			if sum > q.capacity {
				t.Fatalf("%d of %d in one period", sum, q.capacity)
			}
			if _, ok := q.charge(q.end(now), s, q.capacity); !ok && l.start == q.end(now) {
				t.Fatal("the next period is not there for all of the quota")
			}
		}
	})
}

func TestTheQuotasWaitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, _ := anyQuota(t)
		l := q.at(rapid.Uint64Range(0, 1<<62).Draw(t, "now"), state{})
		l.missed = rapid.Uint64Range(0, uint64(q.capacity)).Draw(t, "taken")
		cost := anyCost(t, min(q.capacity, document.MaxCost))
		s, wait := q.state(l), q.wait(l, cost)
		if got := q.at(l.now, s); got != l || (l.missed == 0) != (s.until <= l.now) {
			t.Fatalf("%+v came back as %+v", l, got)
		}
		if _, ok := q.charge(l.now+wait, s, cost); !ok {
			t.Fatalf("after %d ns it does not fit", wait)
		}
		if wait == 0 {
			return
		}
		if _, ok := q.charge(l.now+wait-1, s, cost); ok {
			t.Fatalf("it fits before %d ns", wait)
		}
	})
}

func TestAnyStoredQuotaIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, _ := anyQuota(t)
		s := state{rapid.Uint64().Draw(t, "until"), rapid.Uint64().Draw(t, "count")}
		now := rapid.OneOf(rapid.Uint64Range(0, 1<<62), rapid.Just(uint64(0))).Draw(t, "now")
		l, _ := q.charge(now, s, 1)
		if left := q.remaining(l); left < 0 || left > q.capacity {
			t.Errorf("%d of %d are left", left, q.capacity)
		}
		if wait := q.wait(l, q.capacity); wait > q.window*second+slack {
			t.Errorf("the wait is %d ns", wait)
		}
		if again := q.at(now, q.state(l)); again.capped {
			t.Errorf("%+v is stored, and impossible", q.state(l))
		}
		if l, ok := q.refund(now, s, l, 1); ok {
			q.state(l)
		}
	})
}
