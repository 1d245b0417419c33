package main

import (
	"maps"
	"slices"
)

// counted are the limits by address that are measured, each on a route of its
// own, in one policy. They are so large that none denies.
var counted = map[string]object{
	"token-bucket":   {"token_bucket": object{"capacity": 1_000_000_000, "refill_per_second": 1000}},
	"sliding-window": {"sliding_window": object{"limit": 1_000_000_000, "window": "1h"}},
	"quota":          {"quota": object{"limit": 1_000_000_000, "per": "day"}},
}

// counting is a policy with a public route for each of counted.
func counting() []byte {
	limits, routes := object{}, []any{}
	for _, name := range slices.Sorted(maps.Keys(counted)) {
		limit := object{"by": []string{"ip"}}
		maps.Copy(limit, counted[name])
		limits[name] = limit
		routes = append(routes, object{"name": name, "path": "/" + name, "public": true, "limits": []string{name}})
	}
	return encoded(object{"version": 1, "limits": limits, "routes": routes})
}

// limiterRows are limiters alone, with nothing else that a policy does: Envoy's
// own, and each of ours.
func (b *bench) limiterRows() []row {
	all := always(get("/", "", client))
	ours := []any{plugin(b.module("sallyport.wasm"), counting())}
	of := func(name, path string) row {
		return row{name: "sallyport, " + name, filters: ours, next: always(get(path, "", client)), status: 200, carries: fields}
	}
	return []row{
		{name: "Envoy's local_ratelimit, one bucket", filters: []any{localRateLimit(object{})}, next: all, status: 200, carries: remaining},
		{name: "Envoy's local_ratelimit, a bucket by address", filters: []any{localRateLimit(byAddress())}, next: all, status: 200, carries: remaining},
		of("token bucket by address", "/token-bucket"),
		of("sliding window by address", "/sliding-window"),
		of("quota by address", "/quota"),
	}
}

// byAddress has local_ratelimit count each address apart.
func byAddress() object {
	return object{
		"rate_limits": []any{object{"actions": []any{object{"remote_address": object{}}}}},
		"descriptors": []any{object{"entries": []any{object{"key": "remote_address"}}, "token_bucket": tokenBucket()}},
	}
}
