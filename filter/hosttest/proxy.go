package hosttest

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/internal/scenario"
)

// Module is what a proxy calls: the door, or the built module.
type Module interface {
	OnContextCreate(id, parent uint32)
	OnConfigure(id uint32) bool
	OnRequestHeaders(id uint32, end bool) proxywasm.Action
	OnRequestBody(id, size uint32, end bool) proxywasm.Action
	OnRequestTrailers(id uint32) proxywasm.Action
	OnResponseHeaders(id uint32) proxywasm.Action
	OnCallResponse(id, token, headers, bodySize uint32)
	OnTick(id uint32)
	OnDelete(id uint32)
}

// pluginID is the context of the one plugin.
const pluginID = 1

// Proxy takes requests through a module, as Envoy's HTTP connection manager
// and router would. It implements scenario.Runner.
type Proxy struct {
	Host *Host
	// Trailers end each request that is forwarded; what is left of them comes
	// to the upstream behind its headers, as in a server that merges them.
	Trailers [][2]string

	module Module
	next   uint32
}

var _ scenario.Runner = (*Proxy)(nil)

// NewProxy starts the plugin. It fails when the configuration is refused.
func NewProxy(h *Host, m Module) (*Proxy, error) {
	p := &Proxy{Host: h, module: m, next: pluginID}
	h.enter(pluginID)
	m.OnContextCreate(pluginID, 0)
	h.endCallback()
	ok := m.OnConfigure(pluginID)
	h.endCallback()
	if !ok {
		return nil, fmt.Errorf("the configuration is refused:\n%s", strings.Join(h.Lines, "\n"))
	}
	return p, nil
}

// pieceSize is how a body comes: many callbacks for most.
const pieceSize = 1000

// Do implements scenario.Runner. Calls are answered at once.
func (p *Proxy) Do(_ context.Context, req scenario.Request, up scenario.Upstream) (scenario.Result, error) {
	lines, counted := len(p.Host.Lines), maps.Clone(p.Host.Counters)
	f := p.Begin(req)
	asked := p.deliverAll()
	f.Send()
	asked += p.deliverAll()
	result := f.Finish(up)
	result.Asked = asked
	result.Audit = audits(p.Host.Lines[lines:])
	result.Counted = moved(counted, p.Host.Counters)
	return result, nil
}

func (p *Proxy) deliverAll() (n int) {
	for ; len(p.Host.Calls) > 0; n++ {
		p.Deliver()
	}
	return n
}

// Hold implements scenario.Runner.
func (p *Proxy) Hold(_ context.Context, req scenario.Request) (release func() error, err error) {
	f := p.Begin(req)
	p.deliverAll()
	f.Send()
	p.deliverAll()
	if f.x.local != nil || f.x.closed || f.Waits() {
		return nil, fmt.Errorf("%s %s does not reach the upstream", req.Method, req.Target)
	}
	return func() error {
		if r := f.Finish(scenario.Upstream{Status: 200}); r.Status != 200 {
			return fmt.Errorf("%s %s is answered with %d", req.Method, req.Target, r.Status)
		}
		return nil
	}, nil
}

// Flight is a request that has begun and may wait for calls.
type Flight struct {
	proxy  *Proxy
	id     uint32
	x      *exchange
	req    scenario.Request
	action proxywasm.Action // of the last callback
}

// Begin takes a request through the headers callback.
func (p *Proxy) Begin(req scenario.Request) *Flight {
	p.next++
	f := &Flight{proxy: p, id: p.next, req: req, x: &exchange{
		request: pairs(req), source: netip.AddrPortFrom(req.From, 40000).String(), state: map[string]string{}}}
	p.Host.exchanges[f.id] = f.x
	p.Host.enter(f.id)
	p.module.OnContextCreate(f.id, pluginID)
	p.Host.endCallback()
	f.action = p.module.OnRequestHeaders(f.id, len(req.Body) == 0)
	f.x.gone = f.action == proxywasm.Continue
	p.Host.endCallback()
	return f
}

// Waits tells whether the request is paused without an answer.
func (f *Flight) Waits() bool {
	return f.action != proxywasm.Continue && f.x.local == nil && !f.x.closed && !f.x.continued
}

// Body takes an empty piece of the body through its callback.
func (f *Flight) Body() proxywasm.Action { return f.Piece(nil, false) }

// Piece takes a piece of the body through its callback. The proxy holds it back
// until the callback says Continue.
func (f *Flight) Piece(b []byte, end bool) proxywasm.Action {
	f.x.body = append(f.x.body, b...)
	f.proxy.Host.enter(f.id)
	defer f.proxy.Host.endCallback()
	action := f.proxy.module.OnRequestBody(f.id, uint32(len(f.x.body)), end)
	if action == proxywasm.Continue {
		f.x.body, f.x.gone = nil, true
	}
	return action
}

// Answered tells whether the module has answered the request itself.
func (f *Flight) Answered() bool { return f.x.local != nil }

// Send takes the request's body through its callbacks, if the proxy would: the
// request goes on, or waits for its body.
func (f *Flight) Send() {
	x, rest := f.x, f.req.Body
	if len(rest) == 0 || f.Waits() && !f.proxy.Host.HoldsHeaders {
		return
	}
	for len(rest) > 0 && x.local == nil && !x.closed {
		n := min(pieceSize, len(rest))
		x.continued = false
		f.action = f.Piece(rest[:n], n == len(rest))
		rest = rest[n:]
	}
}

// Trailers takes the trailers through their callback.
func (f *Flight) Trailers() proxywasm.Action {
	f.proxy.Host.enter(f.id)
	defer f.proxy.Host.endCallback()
	f.x.continued = false
	f.action = f.proxy.module.OnRequestTrailers(f.id)
	return f.action
}

// Continued tells whether the module has continued the stream since its last callback.
func (f *Flight) Continued() bool { return f.x.continued }

// Finish takes the request through the callbacks that are left.
func (f *Flight) Finish(up scenario.Upstream) scenario.Result {
	p := f.proxy
	p.Host.enter(f.id)
	result := p.exchange(f, up)
	f.Leave()
	result.Reason, result.Route = f.x.state["sallyport_reason"], f.x.state["sallyport_route"]
	return result
}

// Leave ends the stream: the client has left.
func (f *Flight) Leave() {
	f.proxy.Host.enter(f.id)
	f.proxy.module.OnDelete(f.id)
	f.proxy.Host.endCallback()
	delete(f.proxy.Host.exchanges, f.id)
}

// exchange runs the callbacks of one stream behind its headers'.
func (p *Proxy) exchange(f *Flight, up scenario.Upstream) (r scenario.Result) {
	id, x, req := f.id, f.x, f.req
	switch {
	case x.local != nil:
		return p.local(id, x, req)
	case x.closed:
		r.Status, r.Details = 502, "reset" // the client sees no answer; some status must stand for it
		return r
	case f.Waits():
		r.Status, r.Details = 504, "stream_idle_timeout" // paused, and nobody wakes it
		return r
	}
	if len(p.Trailers) > 0 {
		x.trailers = slices.Clone(p.Trailers)
		action := p.module.OnRequestTrailers(id)
		p.Host.endCallback()
		if x.local != nil || action != proxywasm.Continue {
			return p.local(id, x, req)
		}
	}
	r.Forwarded = forwarded(append(slices.Clone(x.request), x.trailers...))
	r.Forwarded.Body = req.Body
	x.response = [][2]string{{":status", fmt.Sprint(up.Status)}}
	for _, h := range up.Headers {
		x.response = append(x.response, [2]string{h.Name, h.Value})
	}
	r.Details, r.Body = "via_upstream", up.Body
	p.module.OnResponseHeaders(id)
	p.Host.endCallback()
	if x.local != nil {
		denied := p.local(id, x, req)
		denied.Forwarded = r.Forwarded
		return denied
	}
	finish(&r, x.response)
	return r
}

// local is the way of an answer that the module gave.
func (p *Proxy) local(id uint32, x *exchange, req scenario.Request) (r scenario.Result) {
	l := x.local
	r.Details, r.Body = l.Details, []byte(l.Body)
	x.response = append([][2]string{{":status", fmt.Sprint(l.Status)}}, l.Headers...)
	if grpc(req) {
		x.response = append(x.response, [2]string{"grpc-status", fmt.Sprint(l.GRPC)}, [2]string{"grpc-message", l.Body})
		x.response[0][1], r.Body = "200", nil
		remove(&x.response, "content-type")
		x.response = append(x.response, [2]string{"content-type", "application/grpc"})
	}
	if req.Method == "HEAD" {
		r.Body = nil
	}
	p.module.OnResponseHeaders(id)
	p.Host.endCallback()
	finish(&r, x.response)
	return r
}

func grpc(req scenario.Request) bool {
	for _, h := range req.Headers {
		if h.Name == "content-type" {
			return h.Value == "application/grpc" || strings.HasPrefix(h.Value, "application/grpc+")
		}
	}
	return false
}

// finish copies the headers that the client receives.
func finish(r *scenario.Result, pairs [][2]string) {
	for _, h := range pairs {
		if h[0] == ":status" {
			fmt.Sscan(h[1], &r.Status)
			continue
		}
		r.Headers = append(r.Headers, scenario.Header{Name: h[0], Value: h[1]})
	}
}

func audits(lines []string) (out []string) {
	for _, l := range lines {
		if _, text, ok := strings.Cut(l, ": "); ok && strings.HasPrefix(text, `{"sallyport":"audit"`) {
			out = append(out, text)
		}
	}
	return out
}

func moved(before, after map[string]int64) map[scenario.Counter]int64 {
	out := map[scenario.Counter]int64{}
	for name, n := range after {
		if c, ok := scenario.ParseCounter(name); ok && n != before[name] {
			out[c] = n - before[name]
		}
	}
	return out
}

// Now returns the time of the host, in Unix nanoseconds.
func (p *Proxy) Now() int64 { return p.Host.Time }
