package harness

import (
	"maps"
	"net"
	"slices"
	"strconv"

	"sallyport.dev/sallyport/internal/scenario"
)

// Listener is one door of an Envoy: an HTTP listener with a plugin of its own.
type Listener struct {
	Name   string
	Policy []byte // the plugin's configuration; nil: a listener without the module
	// StopIteration loads the plugin with allow_on_headers_stop_iteration: bodies come while headers are held back. So does a
	// policy that says host.headers_stop_iteration.
	StopIteration bool
	// Buffer puts Envoy's buffer filter behind the plugin, for so many bytes. So does a policy with guards that read bodies,
	// unless headers are held back already.
	Buffer int
	Early  int // the same in front of the plugin, where it holds nothing back
	Limit  int // per_connection_buffer_limit_bytes; 0: Envoy's own, 1 MiB
	// Timeout is how long a request may take to arrive (request_timeout); empty: for ever.
	Timeout string
	TLS     *TLS // nil: without
	// WebSockets lets clients ask for WebSockets.
	WebSockets bool
}

// TLS is what a listener shows its clients, and whose certificates it asks them for; all in PEM. A client that shows none is
// served too. Without ClientCA it asks for none.
type TLS struct{ Certificate, Key, ClientCA string }

// socket is the transport socket of a listener. It offers HTTP/2 first, as browsers want it.
func (c *TLS) socket() object {
	inline := func(text string) object { return object{"inline_string": text} }
	common := object{
		"alpn_protocols":   []string{"h2", "http/1.1"},
		"tls_certificates": []any{object{"certificate_chain": inline(c.Certificate), "private_key": inline(c.Key)}},
	}
	if c.ClientCA != "" {
		common["validation_context"] = object{"trusted_ca": inline(c.ClientCA)}
	}
	return object{"name": "tls", "typed_config": object{
		"@type": typePrefix + "transport_sockets.tls.v3.DownstreamTlsContext", "common_tls_context": common,
	}}
}

// Config is an Envoy with the module.
type Config struct {
	Version     string
	Artefact    string // in dist/; empty: Shipped
	Concurrency int    // workers; 0: 1
	Listeners   []Listener
	Env         map[string]string // of the VM that all listeners share
	Reload      bool              // failure_policy FAIL_RELOAD, with a short back-off
	Quiet       bool              // no access log: for load
	Upstream    *Upstream
	Clusters    map[string]string // services that the module calls: cluster name to address
	Service     *Service          // the cluster "service" of scenarios; nil: none
	Discovery   string            // a folder: the plugin of the first listener comes from FOLDER/plugin.json by ECDS
}

// object is one JSON object of the bootstrap.
type object = map[string]any

const typePrefix = "type.googleapis.com/envoy.extensions."

// bootstrap is the whole configuration of c.
func (c Config) bootstrap(module, accessLog string) object {
	var listeners []any
	for i, l := range c.Listeners {
		listeners = append(listeners, c.listener(l, i, module, accessLog))
	}
	clusters := []any{c.Upstream.cluster()}
	if c.Service != nil {
		clusters = append(clusters, service(scenario.ServiceCluster, c.Service.Address))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Clusters)) {
		clusters = append(clusters, service(name, c.Clusters[name]))
	}
	return object{
		"node":             object{"id": "e2e", "cluster": "e2e"},
		"admin":            object{"address": loopback(0)},
		"stats_config":     object{"stats_tags": StatsTags()},
		"static_resources": object{"listeners": listeners, "clusters": clusters},
	}
}

// StatsTags cuts the labels out of the counters' names, so that each is one
// metric.
func StatsTags() []any {
	return []any{
		object{"tag_name": "route", "regex": `^wasmcustom\.sallyport\.requests(\.route\.([a-z0-9_-]+))\.outcome\.`},
		object{"tag_name": "outcome", "regex": `^wasmcustom\.sallyport\.requests\.route\.[a-z0-9_-]+(\.outcome\.([a-z]+))\.reason\.`},
		object{"tag_name": "reason", "regex": `^wasmcustom\.sallyport\.requests\.route\.[a-z0-9_-]+\.outcome\.[a-z]+(\.reason\.([a-z-]+))$`},
		object{"tag_name": "identity", "regex": `^wasmcustom\.sallyport\.(?:keys|keys_expiring|directory|tokens|introspection)(\.identity\.([a-z0-9_-]+))\.(?:client|event)\.`},
		object{"tag_name": "client", "regex": `^wasmcustom\.sallyport\.keys(?:_expiring)?\.identity\.[a-z0-9_-]+(\.client\.([A-Za-z0-9_-]+))(?:\.key\.|$)`},
		object{"tag_name": "key", "regex": `^wasmcustom\.sallyport\.keys\.identity\.[a-z0-9_-]+\.client\.[A-Za-z0-9_-]+(\.key\.([A-Za-z0-9_-]+))$`},
		object{"tag_name": "event", "regex": `^wasmcustom\.sallyport\.(?:(?:directory|tokens|introspection)\.identity|stores\.store|fetched\.document)\.[A-Za-z0-9_-]+(\.event\.([a-z]+))$`},
		object{"tag_name": "store", "regex": `^wasmcustom\.sallyport\.stores(\.store\.([a-z0-9_-]+))\.event\.`},
		object{"tag_name": "document", "regex": `^wasmcustom\.sallyport\.fetched(\.document\.([A-Za-z0-9_-]+))\.event\.`},
	}
}

func (c Config) listener(l Listener, index int, module, accessLog string) object {
	filters := []any{}
	if l.Early > 0 {
		filters = append(filters, buffer(l.Early))
	}
	switch {
	case index == 0 && c.Discovery != "":
		filters = append(filters, discovered(c.Discovery))
	case l.Policy != nil:
		filters = append(filters, object{"name": l.Name, "typed_config": c.wasm(l, module)})
	}
	if size := l.holding().buffer; size > 0 {
		filters = append(filters, buffer(size))
	}
	filters = append(filters, object{"name": "router", "typed_config": object{"@type": typePrefix + "filters.http.router.v3.Router"}})
	manager := object{
		"@type":              typePrefix + "filters.network.http_connection_manager.v3.HttpConnectionManager",
		"stat_prefix":        l.Name,
		"use_remote_address": false, // the last X-Forwarded-For entry is the client: a scenario says "from"
		// The filter is to normalise, and to bound: Envoy is as lax here as it can be made.
		"normalize_path":               false,
		"max_request_headers_kb":       512,
		"common_http_protocol_options": object{"max_headers_count": 1000},
		"http2_protocol_options":       object{},
		"http_filters":                 filters,
		"route_config": object{"name": "all", "virtual_hosts": []any{object{
			"name": "all", "domains": []any{"*"},
			"routes": []any{object{"match": object{"prefix": "/"}, "route": object{"cluster": "upstream", "timeout": "30s"}}},
		}}},
	}
	if l.WebSockets {
		manager["upgrade_configs"] = []object{{"upgrade_type": "websocket"}}
	}
	if l.Timeout != "" {
		manager["request_timeout"] = l.Timeout
	}
	if !c.Quiet {
		manager["access_log"] = []any{jsonLog(accessLog)}
	}
	chain := object{"filters": []any{object{"name": "http", "typed_config": manager}}}
	if l.TLS != nil {
		chain["transport_socket"] = l.TLS.socket()
	}
	made := object{"name": l.Name, "address": loopback(0), "filter_chains": []any{chain}}
	if l.Limit > 0 {
		made["per_connection_buffer_limit_bytes"] = l.Limit
	}
	return made
}

// wasm is the plugin of a listener. All share one VM and with it one compiled
// module: same vm_id, code and environment.
func (c Config) wasm(l Listener, module string) object {
	plugin := object{
		"name": l.Name, "root_id": l.Name,
		"vm_config": object{
			"vm_id": "sallyport", "runtime": "envoy.wasm.runtime.v8",
			"code": object{"local": object{"filename": module}},
		},
		"configuration": stringValue(l.Policy),
	}
	if len(c.Env) > 0 {
		plugin["vm_config"].(object)["environment_variables"] = object{"key_values": c.Env}
	}
	if l.holding().stops {
		plugin["allow_on_headers_stop_iteration"] = true
	}
	if c.Reload {
		plugin["failure_policy"] = "FAIL_RELOAD"
		plugin["reload_config"] = object{"backoff": object{"base_interval": "0.1s", "max_interval": "0.2s"}}
	}
	return object{"@type": typePrefix + "filters.http.wasm.v3.Wasm", "config": plugin}
}

// stringValue is the policy as the module can read it: a Struct would arrive as
// serialised protobuf.
func stringValue(text []byte) object {
	return object{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": string(text)}
}

// discovered is a plugin that Envoy takes from a file and watches.
func discovered(dir string) object {
	return object{"name": "discovered", "config_discovery": object{
		"config_source": object{
			"resource_api_version": "V3",
			"path_config_source":   object{"path": dir + "/plugin.json", "watched_directory": object{"path": dir}},
		},
		"type_urls": []any{typePrefix + "filters.http.wasm.v3.Wasm"},
	}}
}

func jsonLog(path string) object {
	format := object{}
	for _, field := range slices.Sorted(maps.Keys(logFields)) {
		format[field] = logFields[field]
	}
	return object{"name": "file", "typed_config": object{
		"@type": typePrefix + "access_loggers.file.v3.FileAccessLog", "path": path,
		"log_format": object{"json_format": format},
	}}
}

func (u *Upstream) cluster() object {
	return object{
		"name": "upstream", "type": "STATIC", "connect_timeout": "5s",
		"typed_extension_protocol_options": object{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": object{
			"@type":                          typePrefix + "upstreams.http.v3.HttpProtocolOptions",
			"use_downstream_protocol_config": object{"http2_protocol_options": object{}},
			"common_http_protocol_options":   object{"idle_timeout": "60s"},
		}},
		"load_assignment": object{"cluster_name": "upstream", "endpoints": []any{object{
			"lb_endpoints": []any{object{"endpoint": object{"address": socket(u.Address)}}},
		}}},
	}
}

// service is a cluster that the module calls, over HTTP/1.1.
func service(name, address string) object {
	return object{
		"name": name, "type": "STATIC", "connect_timeout": "1s",
		"load_assignment": object{"cluster_name": name, "endpoints": []any{object{
			"lb_endpoints": []any{object{"endpoint": object{"address": socket(address)}}},
		}}},
	}
}

func loopback(port int) object {
	return socket(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

func socket(address string) object {
	host, text, err := net.SplitHostPort(address)
	port, convErr := strconv.Atoi(text)
	if err != nil || convErr != nil {
		panic("harness: no address: " + address) // written by a test, never by a client
	}
	return object{"socket_address": object{"address": host, "port_value": port}}
}
