package hosttest

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"sallyport.dev/sallyport/filter/proxywasm"
)

// Runtime compiles a built module once and starts as many VMs of it as asked.
type Runtime struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

// hostKey finds the Host of the VM that calls.
type hostKey struct{}

// NewRuntime compiles the module in a file.
func NewRuntime(ctx context.Context, file string) (*Runtime, error) {
	wasm, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the built module is needed, run make build: %w", err)
	}
	r := wazero.NewRuntime(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, err
	}
	if err := exportHost(ctx, r); err != nil {
		return nil, err
	}
	compiled, err := r.CompileModule(ctx, wasm)
	return &Runtime{r, compiled}, err
}

// Close ends every VM.
func (r *Runtime) Close(ctx context.Context) error { return r.runtime.Close(ctx) }

// Start starts a VM behind a host. Env becomes the VM's environment.
func (r *Runtime) Start(ctx context.Context, h *Host) (*VM, error) {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").WithStderr(os.Stderr).
		WithSysWalltime().WithSysNanotime()
	for name, value := range h.Environment {
		config = config.WithEnv(name, value)
	}
	ctx = context.WithValue(ctx, hostKey{}, h)
	m, err := r.runtime.InstantiateModule(ctx, r.compiled, config)
	if err != nil {
		return nil, err
	}
	return &VM{ctx: ctx, module: m}, nil
}

// VM is the built module as a Module. A trap is a panic of the method.
type VM struct {
	ctx    context.Context
	module api.Module
}

var _ Module = (*VM)(nil)

func (v *VM) call(name string, args ...uint64) uint64 {
	f := v.module.ExportedFunction(name)
	if f == nil {
		panic("the module does not export " + name)
	}
	results, err := f.Call(v.ctx, args...)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	if len(results) == 0 {
		return 0
	}
	return results[0]
}

// OnContextCreate implements Module.
func (v *VM) OnContextCreate(id, parent uint32) {
	v.call("proxy_on_context_create", uint64(id), uint64(parent))
}

// OnConfigure implements Module.
func (v *VM) OnConfigure(id uint32) bool { return v.call("proxy_on_configure", uint64(id), 0) == 1 }

// OnRequestHeaders implements Module.
func (v *VM) OnRequestHeaders(id uint32, end bool) proxywasm.Action {
	return proxywasm.Action(v.call("proxy_on_request_headers", uint64(id), 0, flag(end)))
}

// OnRequestBody implements Module.
func (v *VM) OnRequestBody(id, size uint32, end bool) proxywasm.Action {
	return proxywasm.Action(v.call("proxy_on_request_body", uint64(id), uint64(size), flag(end)))
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// OnTick implements Module.
func (v *VM) OnTick(id uint32) { v.call("proxy_on_tick", uint64(id)) }

// OnCallResponse implements Module.
func (v *VM) OnCallResponse(id, token, headers, bodySize uint32) {
	v.call("proxy_on_http_call_response", uint64(id), uint64(token), uint64(headers), uint64(bodySize), 0)
}

// OnRequestTrailers implements Module.
func (v *VM) OnRequestTrailers(id uint32) proxywasm.Action {
	return proxywasm.Action(v.call("proxy_on_request_trailers", uint64(id), 0))
}

// OnResponseHeaders implements Module.
func (v *VM) OnResponseHeaders(id uint32) proxywasm.Action {
	return proxywasm.Action(v.call("proxy_on_response_headers", uint64(id), 0, 1))
}

// OnDelete implements Module.
func (v *VM) OnDelete(id uint32) { v.call("proxy_on_delete", uint64(id)) }

// guest reads and writes the memory of the VM that called.
type guest struct {
	ctx context.Context
	mod api.Module
}

func (g guest) host() *Host { return g.ctx.Value(hostKey{}).(*Host) }

func (g guest) bytes(p, n uint32) []byte {
	b, ok := g.mod.Memory().Read(p, n)
	if !ok {
		panic("the module passed an address outside its memory")
	}
	return b
}

func (g guest) text(p, n uint32) string { return string(g.bytes(p, n)) }

func (g guest) put(p uint32, v uint32) {
	if !g.mod.Memory().WriteUint32Le(p, v) {
		panic("the module passed an address outside its memory")
	}
}

// lend copies b into memory that the module allocates, as the proxy does.
func (g guest) lend(b []byte, err error, data, size uint32) uint32 {
	if err != nil {
		return status(err)
	}
	results, err := g.mod.ExportedFunction("proxy_on_memory_allocate").Call(g.ctx, uint64(len(b)))
	if err != nil {
		panic(err)
	}
	copy(g.bytes(uint32(results[0]), uint32(len(b))), b)
	g.put(data, uint32(results[0]))
	g.put(size, uint32(len(b)))
	return 0
}

func status(err error) uint32 {
	switch {
	case err == nil:
		return uint32(proxywasm.StatusOK)
	case errors.Is(err, proxywasm.ErrNotFound):
		return uint32(proxywasm.StatusNotFound)
	case errors.Is(err, proxywasm.ErrCASMismatch):
		return uint32(proxywasm.StatusCASMismatch)
	}
	return uint32(proxywasm.StatusInternalFailure)
}

// pairs reads a serialised header map.
func (g guest) pairs(p, n uint32) [][2]string {
	fields, err := proxywasm.ReadPairs(g.bytes(p, n), nil)
	if err != nil {
		panic(err)
	}
	var out [][2]string
	for _, f := range fields {
		out = append(out, [2]string{clone(f.Name), clone(f.Value)})
	}
	return out
}
