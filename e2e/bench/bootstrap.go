package main

// object is one JSON object of a configuration.
type object = map[string]any

const (
	typePrefix = "type.googleapis.com/envoy.extensions."
	listener   = "bench"
)

// chain is what a request goes through.
type chain struct {
	filters  []any
	clusters []any // that filters ask
	// routed has a route to a cluster in the place of an answer: Envoy's filter
	// ratelimit does nothing on others. A filter must answer before the router.
	routed   string
	perRoute object // what the route says to filters
}

// bootstrap is an Envoy whose one listener has a chain and answers by itself: no
// upstream's time is in the figures.
func bootstrap(c chain) object {
	filters := append(append([]any{}, c.filters...), typed("router", "filters.http.router.v3.Router", object{}))
	manager := typed("http", "filters.network.http_connection_manager.v3.HttpConnectionManager", object{
		"stat_prefix":        listener,
		"use_remote_address": false, // a request says its address by X-Forwarded-For
		"http_filters":       filters,
		"route_config": object{"name": "all", "virtual_hosts": []any{object{
			"name": "all", "domains": []any{"*"},
			"routes": []any{c.route()},
		}}},
	})
	return object{
		"node":  object{"id": listener, "cluster": listener},
		"admin": object{"address": loopback()},
		"static_resources": object{"listeners": []any{object{
			"name": listener, "address": loopback(),
			"filter_chains": []any{object{"filters": []any{manager}}},
		}}, "clusters": append([]any{}, c.clusters...)},
	}
}

func (c chain) route() object {
	route := object{"match": object{"prefix": "/"}}
	if c.perRoute != nil {
		route["typed_per_filter_config"] = c.perRoute
	}
	if c.routed != "" {
		route["route"] = object{"cluster": c.routed}
		return route
	}
	route["direct_response"] = object{"status": 200, "body": object{"inline_string": `{"id": 42, "status": "open"}`}}
	return route
}

// typed is a named extension.
func typed(name, kind string, config object) object {
	config["@type"] = typePrefix + kind
	return object{"name": name, "typed_config": config}
}

// plugin is a filter that runs a module.
func plugin(module string, policy []byte) object {
	config := object{
		"name": listener, "root_id": listener,
		"vm_config": object{
			"vm_id": listener, "runtime": "envoy.wasm.runtime.v8",
			"code":                  object{"local": object{"filename": module}},
			"environment_variables": object{"key_values": object{webhookVariable: webhookSecret}},
		},
	}
	if policy != nil {
		config["configuration"] = object{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": string(policy)}
	}
	return typed("wasm", "filters.http.wasm.v3.Wasm", object{"config": config})
}

func loopback() object {
	return object{"socket_address": object{"address": "127.0.0.1", "port_value": 0}}
}
