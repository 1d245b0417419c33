package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"sallyport.dev/sallyport/policy/apikey/keyformat"
)

// scale is the size of a policy.
type scale struct {
	Routes int `json:"routes"`
	Keys   int `json:"keys"`
}

func (s scale) String() string {
	return grouped(s.Routes) + " routes, " + grouped(s.Keys) + " keys"
}

const keyPrefix = "sk_live_"

// perClient is what one address may ask of each limit of perAddress.
const perClient = 1000

var perAddressLimits = []string{"bucket", "window", "quota"}

// keys makes API keys, the same in every run.
func keys(count int) ([]string, error) {
	random := rand.NewChaCha8([32]byte{})
	made := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	list := make([]string, count)
	for i := range list {
		var err error
		if list[i], err = keyformat.New(keyPrefix, made, random); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func clientID(i int) string { return fmt.Sprintf("client-%05d", i) }

// protected is a policy whose every route wants a key, a scope and a token of
// the caller's bucket, tells the upstream who calls, and hardens the response.
func protected(s scale, keys []string) []byte {
	return encoded(object{
		"version": 1,
		"identities": object{"partners": object{"api_key": object{
			"prefix":  keyPrefix,
			"clients": clients(keys[:s.Keys]),
			"forward": object{"headers": object{identityHeader: "client"}},
		}}},
		// Refilled slower than the generator asks, so that the bucket is never
		// full and stands in shared data; and so large that it never denies.
		"limits":  object{"per-client": object{"by": []string{"client"}, "token_bucket": object{"capacity": 1_000_000_000, "refill_per_second": 1000}}},
		"headers": object{"response": object{"preset": preset}},
		"routes":  routes(s.Routes),
	})
}

func clients(keys []string) []any {
	var list []any
	for i, key := range keys {
		digest := sha256.Sum256([]byte(key))
		list = append(list, object{"id": clientID(i), "tenant": "t-" + clientID(i), "scopes": []string{"items:read"},
			"keys": []any{object{"id": "1", "sha256": hex.EncodeToString(digest[:])}}})
	}
	return list
}

func routes(count int) []any {
	var list []any
	for i := range count {
		list = append(list, object{"name": fmt.Sprintf("service-%04d", i), "path": fmt.Sprintf("/v1/service-%04d/items/{id}", i),
			"methods": []string{"GET", "POST"}, "identities": []string{"partners"}, "scopes": []string{"items:read"},
			"limits": []string{"per-client"}})
	}
	return list
}

// public is the policy of one route that asks nothing.
func public() []byte {
	return encoded(object{"version": 1, "routes": []any{object{"name": "all", "path": "/**", "public": true}}})
}

// perAddress is a policy that counts by address with each algorithm, all of them
// on one route and each on a route of its own. A counter stays in use for hours:
// every client needs a slot of its own in each limit.
func perAddress() []byte {
	limits := object{
		"bucket": object{"by": []string{"ip"}, "token_bucket": object{"capacity": perClient, "refill_per_second": 0.0001}},
		"window": object{"by": []string{"ip"}, "sliding_window": object{"limit": perClient, "window": "366d"}},
		"quota":  object{"by": []string{"ip"}, "quota": object{"limit": perClient, "per": "month"}},
	}
	var routes []any
	for _, name := range perAddressLimits {
		routes = append(routes, object{"name": name, "path": "/" + name, "public": true, "limits": []string{name}})
	}
	routes = append(routes, object{"name": "all", "path": "/**", "public": true, "limits": perAddressLimits})
	return encoded(object{"version": 1, "limits": limits, "routes": routes})
}

func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("bench: a policy of our own does not encode: " + err.Error())
	}
	return text
}
