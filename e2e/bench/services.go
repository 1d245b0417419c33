package main

import (
	"context"
	"net/netip"
	"slices"

	"sallyport.dev/sallyport/e2e/stores"
)

const domain = "bench"

// rules let an address have what the policy's quota has: the policy tells the
// service its limit, Envoy's filter takes the service's.
const rules = "domain: " + domain + "\ndescriptors:\n- key: remote_address\n  rate_limit: {unit: day, requests_per_unit: 1000000000}\n"

// services are the servers that filters ask, and the clusters for them by name.
type services struct {
	servers  []*stores.Server
	clusters map[string]object
}

// services starts what the rows ask: one Redis, and what stands before it. It
// returns also those that stand when it fails.
func (b *bench) services(ctx context.Context, rows []row) (*services, error) {
	s := &services{clusters: map[string]object{}}
	if !slices.ContainsFunc(rows, func(r row) bool { return len(r.asks) > 0 }) {
		return s, nil
	}
	redis, err := s.start(ctx, b.dir, stores.RedisServer())
	if err != nil {
		return s, err
	}
	webdis, err := s.start(ctx, b.dir, stores.Webdis(redis.Address))
	if err != nil {
		return s, err
	}
	service, err := s.start(ctx, b.dir, stores.Ratelimit(redis.Address, connections, rules))
	if err != nil {
		return s, err
	}
	for name, address := range map[string]string{redisStore: webdis.Address, serviceStore: service.Address, serviceGRPC: service.GRPC} {
		if s.clusters[name], err = cluster(name, address); err != nil {
			return s, err
		}
	}
	s.clusters[serviceGRPC]["typed_extension_protocol_options"] = object{
		"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": object{
			"@type":                typePrefix + "upstreams.http.v3.HttpProtocolOptions",
			"explicit_http_config": object{"http2_protocol_options": object{}},
		}}
	return s, nil
}

func (s *services) start(ctx context.Context, dir string, p stores.Program) (*stores.Server, error) {
	server, err := p.Start(ctx, dir)
	if err == nil {
		s.servers = append(s.servers, server)
	}
	return server, err
}

func (s *services) stop() {
	for _, server := range s.servers {
		server.Stop()
	}
}

// chain is a row's, with the clusters that its filters ask.
func (s *services) chain(r row) chain {
	c := chain{filters: r.filters, routed: r.routed, perRoute: r.perRoute}
	for _, name := range r.asks {
		c.clusters = append(c.clusters, s.clusters[name])
	}
	if r.routed == nowhere {
		c.clusters = append(c.clusters, object{"name": nowhere})
	}
	return c
}

func cluster(name, address string) (object, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	endpoint := object{"endpoint": object{"address": object{
		"socket_address": object{"address": to.Addr().String(), "port_value": to.Port()},
	}}}
	return object{"name": name, "type": "STATIC", "connect_timeout": "1s", "load_assignment": object{
		"cluster_name": name, "endpoints": []any{object{"lb_endpoints": []any{endpoint}}},
	}}, nil
}
