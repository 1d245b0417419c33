package limits

import (
	"encoding/json"
	"maps"
)

type object = map[string]any

const (
	most = 500 // requests that the limits under /exact let pass
	// larger is what those let pass that stand beside them: enough also for requests
	// that wait, and are counted, in half of connections.
	larger = most + connections/2
	few    = 5   // and those of each store and mode
	places = 300 // for requests at once, where they hold places
	rest   = 2   // of few, when limits count without their store
)

// rules are the rate limit service's own: it takes limits from the policy too.
const rules = "domain: sallyport\ndescriptors:\n- key: unused\n  rate_limit: {unit: day, requests_per_unit: 1}\n"

// clusters are where stores are asked, and how long each may take; the limits
// under /exact wait for longer.
var clusters = map[string]object{
	"webdis":  {"webdis": object{"cluster": "webdis", "timeout": "500ms"}},
	"way":     {"webdis": object{"cluster": "way", "timeout": "50ms"}},
	"front":   {"webdis": object{"cluster": "front", "timeout": "500ms"}},
	"service": {"rate_limit_service": object{"cluster": "service", "domain": "sallyport", "timeout": "500ms"}},
}

var modes = []string{"deny", "allow", "local"}

var (
	ip      = []string{"ip"}
	bucket  = object{"by": ip, "token_bucket": object{"capacity": most, "refill_per_second": 0.0001}}
	window  = object{"by": ip, "sliding_window": object{"limit": most, "window": "366d"}}
	monthly = object{"by": ip, "quota": object{"limit": most, "per": "month"}}
	daily   = object{"by": ip, "quota": object{"limit": most, "per": "day"}}
)

// draft is a policy that grows.
type draft struct {
	stores, limits object
	routes         []any
}

// policy has a route for each algorithm, for each store and each mode, and one
// that counts by all that a client says of itself.
func policy() []byte {
	d := &draft{stores: object{}, limits: object{}}
	for store := range clusters {
		for _, mode := range modes {
			d.add(store+"-"+mode, "/"+store+"/"+mode, store, mode, fewOf(store))
		}
	}
	for name, limit := range map[string]object{"bucket": bucket, "window": window, "quota": monthly} {
		d.exact(name, "webdis", limit)
	}
	d.exact("service", "service", daily)
	d.several()
	d.waiting()
	d.add("telling", "/tenants/{tenant}", "webdis", "deny",
		object{"by": []string{"client", "ip", "path.tenant", "header.x-team"}, "quota": object{"limit": few, "per": "month"}})
	identify(d.routes[len(d.routes)-1].(object))
	text, err := json.Marshal(object{"version": 1, "identities": partners, "stores": d.stores, "limits": d.limits, "routes": d.routes})
	if err != nil {
		panic("limits: a policy of our own does not encode: " + err.Error())
	}
	return text
}

// fewOf is a limit that every store can count.
func fewOf(store string) object {
	if store == "service" {
		return object{"by": ip, "quota": object{"limit": few, "per": "day"}}
	}
	return object{"by": ip, "sliding_window": object{"limit": few, "window": "366d"}}
}

// add adds a route with one limit, which has a store of its own, and so a circuit
// of its own.
func (d *draft) add(name, path, cluster, mode string, limit object) {
	for kind, settings := range clusters[cluster] {
		settings := maps.Clone(settings.(object))
		settings["circuit"] = object{"failures": 3, "open": "200ms"}
		d.stores[name] = object{kind: settings}
	}
	limit = maps.Clone(limit)
	limit["store"], limit["on_store_error"] = name, mode
	if mode == "local" {
		limit["local_fraction"] = float64(rest) / few
	}
	d.limits[name] = limit
	d.routes = append(d.routes, object{"name": name, "path": path, "public": true, "limits": []string{name}})
}

// exact adds a route that counts also when the machine is so busy that the store
// is slow.
func (d *draft) exact(name, cluster string, limit object) {
	d.add("exact-"+name, "/exact/"+name, cluster, "deny", limit)
	for _, settings := range d.stores["exact-"+name].(object) {
		settings.(object)["timeout"] = "10s"
	}
}

// several adds routes with two limits, both of one store, or one in shared data;
// and routes that show what was charged of the larger one. It is no bucket, which
// keeps of a charge that is given back what refilled while the store was asked.
func (d *draft) several() {
	d.exact("pair", "webdis", window)
	d.limits["larger"] = stored(d.limits["exact-pair"].(object), object{"by": ip, "quota": object{"limit": larger, "per": "month"}})
	d.limits["nearby"] = object{"by": ip, "sliding_window": object{"limit": larger, "window": "366d"}}
	for name, limits := range map[string][]string{
		"pair": {"larger", "exact-pair"}, "larger": {"larger"}, "mixed": {"nearby", "exact-pair"}, "nearby": {"nearby"},
	} {
		d.routes = append(d.routes, object{"name": "several-" + name, "path": "/several/" + name, "public": true, "limits": limits})
	}
}

// waiting adds a route whose requests hold one of few places while they wait for
// a store.
func (d *draft) waiting() {
	d.add("waiting", "/waiting", "front", "deny", object{"by": []string{"route"}, "sliding_window": object{"limit": 1_000_000, "window": "1h"}})
	d.stores["waiting"].(object)["webdis"].(object)["timeout"] = "10s" // a busy machine is no failure
	d.limits["places"] = object{"by": []string{"route"}, "concurrency": object{"limit": places}}
	d.routes[len(d.routes)-1].(object)["limits"] = []string{"places", "waiting"}
}

// stored is a limit in the store of another.
func stored(like, limit object) object {
	limit["store"] = like["store"]
	return limit
}

// Who calls the route that counts by everything.
const (
	clientID = "acme-and-sons"
	apiKey   = "acme-key-0123456789"
	tenant   = "northwind"
	team     = "red-team"
)

var partners = object{"partners": object{"api_key": object{"clients": []any{
	object{"id": clientID, "keys": []any{object{"id": "1", "sha256": digest(apiKey)}}},
}}}}

func identify(route object) {
	delete(route, "public")
	route["identities"] = []string{"partners"}
}
