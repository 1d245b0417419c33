package hosttest

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"sallyport.dev/sallyport/filter/proxywasm"
)

// exportHost offers Host as the imports of ABI 0.2.1.
func exportHost(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder("env")
	for name, f := range map[string]any{
		"proxy_log":                          hostLog,
		"proxy_get_header_map_pairs":         hostPairs,
		"proxy_add_header_map_value":         hostAdd,
		"proxy_replace_header_map_value":     hostReplace,
		"proxy_remove_header_map_value":      hostRemove,
		"proxy_send_local_response":          hostSend,
		"proxy_close_stream":                 hostClose,
		"proxy_continue_stream":              hostContinue,
		"proxy_set_effective_context":        hostEffective,
		"proxy_http_call":                    hostCall,
		"proxy_call_foreign_function":        hostForeign,
		"proxy_set_tick_period_milliseconds": hostTick,
		"proxy_get_property":                 hostProperty,
		"proxy_set_property":                 hostSetProperty,
		"proxy_get_shared_data":              hostShared,
		"proxy_set_shared_data":              hostSetShared,
		"proxy_get_buffer_bytes":             hostBuffer,
		"proxy_get_current_time_nanoseconds": hostNow,
		"proxy_define_metric":                hostDefine,
		"proxy_increment_metric":             hostIncrement,
	} {
		b = b.NewFunctionBuilder().WithFunc(f).Export(name)
	}
	_, err := b.Instantiate(ctx)
	return err
}

func hostLog(ctx context.Context, m api.Module, level, p, n uint32) uint32 {
	g := guest{ctx, m}
	g.host().Log(proxywasm.Level(level), g.text(p, n))
	return 0
}

func hostPairs(ctx context.Context, m api.Module, kind, data, size uint32) uint32 {
	g := guest{ctx, m}
	b, err := g.host().HeaderPairs(proxywasm.HeaderMap(kind))
	return g.lend(b, err, data, size)
}

func hostAdd(ctx context.Context, m api.Module, kind, np, nn, vp, vn uint32) uint32 {
	g := guest{ctx, m}
	return status(g.host().AddHeader(proxywasm.HeaderMap(kind), g.text(np, nn), g.text(vp, vn)))
}

func hostReplace(ctx context.Context, m api.Module, kind, np, nn, vp, vn uint32) uint32 {
	g := guest{ctx, m}
	return status(g.host().ReplaceHeader(proxywasm.HeaderMap(kind), g.text(np, nn), g.text(vp, vn)))
}

func hostRemove(ctx context.Context, m api.Module, kind, np, nn uint32) uint32 {
	g := guest{ctx, m}
	return status(g.host().RemoveHeader(proxywasm.HeaderMap(kind), g.text(np, nn)))
}

func hostSend(ctx context.Context, m api.Module, code, dp, dn, bp, bn, hp, hn uint32, grpc int32) uint32 {
	g := guest{ctx, m}
	return status(g.host().SendLocalResponse(proxywasm.LocalResponse{
		Status: int(code), Details: g.text(dp, dn), Body: g.text(bp, bn), Headers: g.pairs(hp, hn), GRPC: int(grpc)}))
}

func hostClose(ctx context.Context, m api.Module, kind uint32) uint32 {
	g := guest{ctx, m}
	if kind != 0 {
		return uint32(proxywasm.StatusBadArgument)
	}
	return status(g.host().CloseStream())
}

func hostContinue(ctx context.Context, m api.Module, kind uint32) uint32 {
	g := guest{ctx, m}
	if kind != 0 {
		return uint32(proxywasm.StatusBadArgument)
	}
	return status(g.host().ContinueStream())
}

func hostEffective(ctx context.Context, m api.Module, id uint32) uint32 {
	g := guest{ctx, m}
	return status(g.host().SetEffectiveContext(id))
}

func hostCall(ctx context.Context, m api.Module, cp, cn, hp, hn, bp, bn, tp, tn, timeout, token uint32) uint32 {
	g := guest{ctx, m}
	if len(g.pairs(tp, tn)) != 0 {
		panic("the module sends trailers")
	}
	n, err := g.host().DispatchCall(proxywasm.HTTPCall{Cluster: g.text(cp, cn), Headers: g.pairs(hp, hn), Body: g.bytes(bp, bn), Timeout: timeout})
	if err == nil {
		g.put(token, n)
	}
	return status(err)
}

func hostForeign(ctx context.Context, m api.Module, np, nn, ap, an, data, size uint32) uint32 {
	g := guest{ctx, m}
	b, err := g.host().CallForeign(g.text(np, nn), g.bytes(ap, an))
	return g.lend(b, err, data, size)
}

func hostTick(ctx context.Context, m api.Module, period uint32) uint32 {
	g := guest{ctx, m}
	return status(g.host().SetTickPeriod(period))
}

func hostProperty(ctx context.Context, m api.Module, p, n, data, size uint32) uint32 {
	g := guest{ctx, m}
	b, err := g.host().Property(g.text(p, n))
	return g.lend(b, err, data, size)
}

func hostSetProperty(ctx context.Context, m api.Module, p, n, vp, vn uint32) uint32 {
	g := guest{ctx, m}
	return status(g.host().SetProperty(g.text(p, n), g.text(vp, vn)))
}

func hostShared(ctx context.Context, m api.Module, p, n, data, size, cas uint32) uint32 {
	g := guest{ctx, m}
	b, token, err := g.host().SharedData(g.text(p, n))
	if err == nil {
		g.put(cas, token)
	}
	return g.lend(b, err, data, size)
}

func hostSetShared(ctx context.Context, m api.Module, p, n, vp, vn, cas uint32) uint32 {
	g := guest{ctx, m}
	return status(g.host().SetSharedData(g.text(p, n), g.bytes(vp, vn), cas))
}

// hostBuffer knows three buffers: the plugin's configuration, the body of an
// answer, and the request's.
func hostBuffer(ctx context.Context, m api.Module, kind, start, n, data, size uint32) uint32 {
	g := guest{ctx, m}
	read := g.host().PluginConfiguration
	switch {
	case kind == 0:
		read = func() ([]byte, error) { return g.host().RequestBody(start, n) }
	case start != 0:
		return uint32(proxywasm.StatusBadArgument)
	case kind == 4:
		read = func() ([]byte, error) { return g.host().CallBody(n) }
	case kind != 7:
		return uint32(proxywasm.StatusNotFound)
	}
	b, err := read()
	return g.lend(b, err, data, size)
}

func hostNow(ctx context.Context, m api.Module, p uint32) uint32 {
	g := guest{ctx, m}
	now, err := g.host().Now()
	if err == nil && !m.Memory().WriteUint64Le(p, uint64(now)) {
		panic("the module passed an address outside its memory")
	}
	return status(err)
}

func hostDefine(ctx context.Context, m api.Module, kind, p, n, id uint32) uint32 {
	g := guest{ctx, m}
	defined, err := g.host().DefineCounter(g.text(p, n))
	if err == nil {
		g.put(id, defined)
	}
	return status(err)
}

func hostIncrement(ctx context.Context, m api.Module, id uint32, by int64) uint32 {
	g := guest{ctx, m}
	for range by {
		if err := g.host().Increment(id); err != nil {
			return status(err)
		}
	}
	return 0
}
