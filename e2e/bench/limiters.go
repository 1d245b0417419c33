package main

import (
	"maps"
	"strings"
)

// The algorithms, so large that none denies. The bucket is refilled slower than
// the generator asks, so that it is never full and always counted.
var algorithms = []struct {
	name  string
	limit object
}{
	{"token bucket", object{"token_bucket": object{"capacity": 1_000_000_000, "refill_per_second": 1000}}},
	{"sliding window", object{"sliding_window": object{"limit": 1_000_000_000, "window": "1h"}}},
	{"quota", object{"quota": object{"limit": 1_000_000_000, "per": "day"}}},
	{"concurrency", object{"concurrency": object{"limit": 1000}}},
}

// counting is one limit by address.
type counting struct {
	name  string
	limit object
	store string // empty: shared data
}

// countings are each algorithm in shared data, and in each store that has it.
func countings() []counting {
	var list []counting
	for _, a := range algorithms {
		list = append(list, counting{a.name + " by address", a.limit, ""})
	}
	for _, a := range algorithms[:3] {
		list = append(list, counting{a.name + " by address, Redis", a.limit, redisStore})
	}
	return append(list, counting{"quota by address, rate limit service", algorithms[2].limit, serviceStore})
}

func (c counting) path() string {
	return "/" + strings.NewReplacer(" ", "-", ",", "").Replace(strings.ToLower(c.name))
}

// The stores of the policy, which are named like the clusters that they ask.
const (
	redisStore   = "webdis"
	serviceStore = "ratelimit"
	serviceGRPC  = "ratelimit-grpc" // the same service, as Envoy's filter asks it
)

// limiting is the policy with a public route for each of countings.
func limiting() []byte {
	limits, routes := object{}, []any{}
	for _, c := range countings() {
		name := c.path()[1:]
		limit := maps.Clone(c.limit)
		limit["by"] = []string{"ip"}
		if c.store != "" {
			limit["store"] = c.store
		}
		limits[name] = limit
		routes = append(routes, object{"name": name, "path": c.path(), "public": true, "limits": []string{name}})
	}
	return encoded(object{"version": 1, "limits": limits, "routes": routes, "stores": object{
		redisStore:   object{"webdis": object{"cluster": redisStore, "timeout": "1s"}},
		serviceStore: object{"rate_limit_service": object{"cluster": serviceStore, "domain": domain, "timeout": "1s"}},
	}})
}

// limiterRows are limiters alone, with nothing else that a policy does: Envoy's
// own, and each of ours.
func (b *bench) limiterRows() []row {
	all, grpc := always(get("/", "", client)), []string{serviceGRPC}
	list := []row{
		{name: "Envoy's local_ratelimit, one bucket", filters: []any{localRateLimit(object{})}, next: all, status: 200, carries: remaining},
		{name: "Envoy's local_ratelimit, a bucket by address", filters: []any{localRateLimit(byAddress())}, next: all, status: 200, carries: remaining},
		// What the next row costs beside its limiter: compare the two.
		{name: "Envoy's fault filter answers", filters: []any{fault()}, asks: grpc, routed: serviceGRPC, next: all, status: 200},
		{name: "Envoy's ratelimit by address, rate limit service over gRPC, fault filter", filters: []any{globalRateLimit(), fault()},
			asks: grpc, routed: serviceGRPC, next: all, status: 200, carries: remaining},
	}
	ours := []any{plugin(b.module("sallyport.wasm"), limiting())}
	for _, c := range countings() {
		list = append(list, row{name: "sallyport, " + c.name, filters: ours, asks: []string{redisStore, serviceStore},
			next: always(get(c.path(), "", client)), status: 200, carries: fields})
	}
	return list
}

// byAddress has local_ratelimit count each address apart.
func byAddress() object {
	return object{
		"rate_limits": []any{address()},
		"descriptors": []any{object{"entries": []any{object{"key": "remote_address"}}, "token_bucket": tokenBucket()}},
	}
}

func address() object { return object{"actions": []any{object{"remote_address": object{}}}} }

// globalRateLimit is Envoy's filter that asks the rate limit service. It denies
// when that does not answer, as ours do.
func globalRateLimit() object {
	return typed("ratelimit", "filters.http.ratelimit.v3.RateLimit", object{
		"domain":                     domain,
		"timeout":                    "1s",
		"failure_mode_deny":          true,
		"enable_x_ratelimit_headers": "DRAFT_VERSION_03",
		"rate_limits":                []any{address()},
		"rate_limit_service": object{"transport_api_version": "V3",
			"grpc_service": object{"envoy_grpc": object{"cluster_name": serviceGRPC}}},
	})
}

// fault answers every request, where the route does not.
func fault() object {
	return typed("fault", "filters.http.fault.v3.HTTPFault", object{"abort": object{
		"http_status": 200, "percentage": object{"numerator": 100, "denominator": "HUNDRED"},
	}})
}
