package limits_test

import (
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/limits"
	"sallyport.dev/sallyport/policy/stores"
)

func TestProblemsOfLimitsInStores(t *testing.T) {
	offset := in("rs", quota(5, "day", "client"))
	offset.Quota.Offset = "+02:00"
	plans := in("r", bucket(5, 1, "client"))
	plans.Plans = map[string]document.TokenBucket{"gold": {Capacity: 1_000_000, RefillPerSecond: 0.123456789}}
	nothing := served("client")
	nothing.Store = "r"
	const remedy = `, which the rate-limit service does not count: write a "quota" for each hour or day without an offset, or no algorithm: then the service's own configuration decides`
	tests := []struct {
		name  string
		limit document.Limit
		want  string
	}{
		{"a bucket in Redis", in("r", bucket(5, 1, "client")), ""},
		{"a window in Redis", in("r", window(1e9, 366*24*time.Hour, "client")), ""},
		{"a quota in Redis", in("r", quota(1e12, "month", "client")), ""},
		{"a quota in the service", in("rs", quota(5, "hour", "client")), ""},
		{"what the service knows", served("client"), ""},
		{"one a day", in("r", bucket(300, 1.0/86400, "client")), ""},
		{"no such store", in("x", bucket(5, 1, "client")), `limits.l.store names the store "x", which is not defined: write one of r, rs, or define it under "stores"`},
		{"no such store, and local", otherwise("local", 0.5, in("x", bucket(5, 1, "client"))), `limits.l.store names the store "x", which is not defined: write one of r, rs, or define it under "stores"`},
		{"no algorithm in Redis", nothing, `limits.l has no algorithm: write "token_bucket": {"capacity": 100, "refill_per_second": 10}`},
		{"too many decimals", in("r", bucket(1000, 1.23456789, "client")), `limits.l.token_bucket.refill_per_second is 1.23456789, which Redis cannot count exactly in a bucket of that capacity: write fewer decimals, such as 1.234568, or a smaller capacity`},
		{"too many decimals of a plan", plans, `limits.l.plans.gold.refill_per_second is 0.123456789, which Redis cannot count exactly in a bucket of that capacity: write fewer decimals, such as 0.1235, or a smaller capacity`},
		{"a bucket in the service", in("rs", bucket(5, 1, "client")), `limits.l.token_bucket is a bucket` + remedy},
		{"a window in the service", in("rs", window(5, time.Minute, "client")), `limits.l.sliding_window is a sliding window` + remedy},
		{"a month in the service", in("rs", quota(5, "month", "client")), `limits.l.quota is for each month` + remedy},
		{"an offset in the service", offset, `limits.l.quota has the offset +02:00` + remedy},
		{"more than the service counts", in("rs", quota(1<<32, "day", "client")), `limits.l.quota.limit is 4294967296, more than the rate-limit service counts: write 4294967295 or less`},
		{"local without a share", otherwise("local", 0, in("r", bucket(5, 1, "client"))), `limits.l has "on_store_error": "local" and no local_fraction: write the share of the limit that each proxy counts alone, such as "local_fraction": 0.25 for four of them`},
		{"a share without local", otherwise("deny", 0.5, in("r", bucket(5, 1, "client"))), `limits.l.local_fraction stands without "on_store_error": "local": write both, or take it out`},
		{"more than all", otherwise("local", 1.5, in("r", bucket(5, 1, "client"))), `limits.l has "on_store_error": "local" and no local_fraction: write the share of the limit that each proxy counts alone, such as "local_fraction": 0.25 for four of them`},
		{"local, and nothing to count by", otherwise("local", 0.5, served("client")), `limits.l.on_store_error is local, and the limit has no algorithm to count by: write "deny" or "allow", or a "quota"`},
		{"another word", otherwise("perhaps", 0, in("r", bucket(5, 1, "client"))), `limits.l.on_store_error is "perhaps": write deny, allow or local`},
		{"requests in flight", in("r", concurrency(5, time.Hour, "client")), `limits.l.store stands beside "concurrency", which is counted in shared data alone: take one of them out`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p document.Problems
			defs := map[string]document.Limit{"l": tt.limit}
			all := stores.Compile(map[string]document.Store{"r": webdis(), "rs": service()}, &guard.Metrics{}, &p)
			s := limits.Compile(defs, &p)
			s.Connect(defs, all, &p)
			s.Guard(document.Route{Name: "r", Identities: []string{"i"}, Limits: []document.RouteLimit{{Name: "l"}}}, captures(), "routes[0]", &p)
			got := ""
			if list := p.List(); len(list) > 0 {
				got = list[0].String()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestNamesThatTheServiceWouldMistake: it joins names with the words of by.
func TestNamesThatTheServiceWouldMistake(t *testing.T) {
	for name, want := range map[string]string{
		"per_client":     "",
		"a_client_b":     `limits.a_client_b has a name that holds a word of by between '_', as the rate-limit service joins the two: write '-' for '_'`,
		"per_ip_and_day": `limits.per_ip_and_day has a name that holds a word of by between '_', as the rate-limit service joins the two: write '-' for '_'`,
	} {
		for store, want := range map[string]string{"rs": want, "r": ""} {
			var p document.Problems
			l := in(store, quota(5, "day", "client"))
			defs := map[string]document.Limit{name: l}
			all := stores.Compile(map[string]document.Store{"r": webdis(), "rs": service()}, &guard.Metrics{}, &p)
			limits.Compile(defs, &p).Connect(defs, all, &p)
			got := ""
			if list := p.List(); len(list) > 0 {
				got = list[0].String()
			}
			if got != want {
				t.Errorf("in %s\ngot  %s\nwant %s", store, got, want)
			}
		}
	}
}

// TestALimitThatWasNotConnectedDenies: it never falls back to shared data.
func TestALimitThatWasNotConnectedDenies(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": in("r", bucket(5, 1, "client"))}, "l")
	b.wants(guard.LimitUnavailable)
}
