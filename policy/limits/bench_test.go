package limits_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/limits"
)

func busy(t testing.TB) (*bench, *guard.Request) {
	everything := bucket(1_000_000_000, 1_000_000, "client", "tenant", "ip/24", "ip/56", "route", "method", "path.id", "header.x-app", "claim.team")
	b := set(t, map[string]document.Limit{
		"everything": everything,
		"thirds":     bucket(1_000_000_000, 999_999, "client"),
		"window":     window(1_000_000_000, time.Second, "client"),
		"quota":      quota(1_000_000_000, "month", "client"),
		"early":      before(bucket(1_000_000_000, 1_000_000, "ip")),
	}, "everything", "thirds", "window", "quota", "early")
	b.world.Calls = nil
	r := b.request()
	r.Caller.Claims = claims{"team": "platform"}
	header("x-app", "a", "a value that is longer than what stands in the key itself, as a token would be")(r)
	return b, r
}

// again makes a request ready to be judged once more, as Reset does.
func again(r *guard.Request) {
	r.Response, r.Limit = r.Response[:0], guard.Limit{}
	r.Scratch.Reset()
}

func TestAnAdmittedRequestAllocatesNothing(t *testing.T) {
	b, r := busy(t)
	allocations := testing.AllocsPerRun(1000, func() {
		again(r)
		r.Now += int64(time.Millisecond)
		if !b.check(r).Allows() {
			t.Fatal("denied")
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestADeniedRequestAllocatesNothing(t *testing.T) {
	for name, l := range algorithms(1, "client") {
		defs := algorithms(9, "tenant")
		defs["small"] = l
		b := set(t, defs, "bucket", "window", "quota", "concurrency", "small")
		b.world.Calls = nil
		b.wants(guard.Allowed)
		r := b.request()
		allocations := testing.AllocsPerRun(1000, func() {
			again(r)
			if !limited(b.check(r).Reason) {
				t.Fatal("not denied")
			}
			b.end(r)
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations", name, allocations)
		}
	}
}

// BenchmarkAdmitted is one limit by client, in a page that holds so many other
// buckets.
func BenchmarkAdmitted(b *testing.B) {
	for _, slots := range []int{1, 16, limits.Slots} {
		b.Run(strconv.Itoa(slots)+" slots", func(b *testing.B) {
			s := set(b, map[string]document.Limit{"l": bucket(1_000_000_000, 100, "client")}, "l")
			s.world.Calls = nil
			s.wants(guard.Allowed)
			key := s.world.Shared.Keys()[0]
			page, _ := s.world.Shared.Value(key)
			for i := 1; i < slots; i++ {
				other := append([]byte{byte(i), byte(i >> 8), 1, 2, 3, 4, 5, 6}, page[8:16]...)
				page = append(page, other...)
			}
			s.world.Shared.Put(key, page)
			r := s.request()
			b.ReportAllocs()
			for b.Loop() {
				again(r)
				if !s.check(r).Allows() {
					b.Fatal("denied")
				}
			}
		})
	}
	for name, l := range algorithms(1_000_000_000, "client") {
		if name == "bucket" {
			l = bucket(1_000_000_000, 100, "client")
		}
		b.Run("one "+name, func(b *testing.B) {
			s := set(b, map[string]document.Limit{"l": l}, "l")
			s.world.Calls = nil
			r := s.request()
			b.ReportAllocs()
			for b.Loop() {
				again(r)
				r.Now++
				if !s.check(r).Allows() {
					b.Fatal("denied")
				}
				s.end(r)
			}
		})
	}
	b.Run("five limits, every part", func(b *testing.B) {
		s, r := busy(b)
		b.ReportAllocs()
		for b.Loop() {
			again(r)
			r.Now++
			if !s.check(r).Allows() {
				b.Fatal("denied")
			}
		}
	})
}

// BenchmarkMemory prints what shared data holds after so many clients, none of
// whose buckets is full again.
func BenchmarkMemory(b *testing.B) {
	for _, clients := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d clients", clients), func(b *testing.B) {
			for b.Loop() {
				s := set(b, map[string]document.Limit{"l": bucket(5, 0.0001, "client")}, "l")
				s.world.Calls = nil
				r := s.request()
				for i := range clients {
					again(r)
					r.Caller.Client = strconv.Itoa(i)
					if !s.check(r).Allows() {
						b.Fatal("denied")
					}
				}
				b.ReportMetric(float64(len(s.world.Shared.Keys())), "keys")
				b.ReportMetric(float64(s.world.Shared.Bytes()), "shared-B")
			}
		})
	}
}
