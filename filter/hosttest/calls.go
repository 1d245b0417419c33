package hosttest

import (
	"bytes"
	"fmt"
	"slices"

	"sallyport.dev/sallyport/filter/proxywasm"
)

// Pending is a call that the module has sent and that is not answered yet.
type Pending struct {
	Context, Token uint32
	Call           proxywasm.HTTPCall
}

// Served is what a service answers. A Status of zero is an answer that the
// proxy had to cut: the callback comes without headers.
type Served struct {
	Status  int
	Headers [][2]string
	Body    string
}

// DispatchCall implements proxywasm.Host. Without Serve no cluster has a
// healthy host.
func (h *Host) DispatchCall(c proxywasm.HTTPCall) (uint32, error) {
	if err := h.begin("DispatchCall"); err != nil {
		return 0, err
	}
	if h.Serve == nil {
		return 0, proxywasm.StatusInternalFailure.Err()
	}
	c.Cluster, c.Body, c.Headers = clone(c.Cluster), bytes.Clone(c.Body), slices.Clone(c.Headers)
	for i := range c.Headers {
		c.Headers[i] = [2]string{clone(c.Headers[i][0]), clone(c.Headers[i][1])}
	}
	h.tokens++
	h.Calls = append(h.Calls, Pending{Context: h.effective, Token: h.tokens, Call: c})
	return h.tokens, nil
}

// SetEffectiveContext implements proxywasm.Host.
func (h *Host) SetEffectiveContext(id uint32) error {
	if err := h.begin("SetEffectiveContext"); err != nil {
		return err
	}
	if h.exchanges[id] == nil && id != pluginID {
		return proxywasm.StatusBadArgument.Err()
	}
	h.enter(id)
	return nil
}

// enter makes a context the one whose callback runs.
func (h *Host) enter(id uint32) { h.effective, h.stream = id, h.exchanges[id] }

// ContinueStream implements proxywasm.Host.
func (h *Host) ContinueStream() error {
	if err := h.begin("ContinueStream"); err != nil {
		return err
	}
	if h.stream == nil {
		return proxywasm.StatusBadArgument.Err()
	}
	h.stream.continued, h.stream.gone = true, true
	return nil
}

// CallBody implements proxywasm.Host. As in Envoy an empty body is not found.
func (h *Host) CallBody(size uint32) ([]byte, error) {
	if err := h.begin("CallBody"); err != nil {
		return nil, err
	}
	if h.served.Body == "" {
		return nil, proxywasm.ErrNotFound
	}
	b := []byte(h.served.Body[:min(len(h.served.Body), int(size))])
	h.lent = append(h.lent, b)
	return b, nil
}

// callHeaders returns the header map of the answer whose callback runs.
func (h *Host) callHeaders() [][2]string {
	if h.served.Status == 0 {
		return nil
	}
	return append([][2]string{{":status", fmt.Sprint(h.served.Status)}}, h.served.Headers...)
}

// Deliver answers the oldest pending call as Serve says.
func (p *Proxy) Deliver() {
	c := p.Host.Calls[0]
	p.Host.Calls = p.Host.Calls[1:]
	p.Answer(c, p.Host.Serve(c.Call))
}

// Answer answers a call that was taken out of Host.Calls.
func (p *Proxy) Answer(c Pending, s Served) {
	h := p.Host
	h.served = s
	h.enter(c.Context)
	p.module.OnCallResponse(c.Context, c.Token, uint32(len(h.callHeaders())), uint32(len(s.Body)))
	h.served = Served{}
	h.endCallback()
}

// TimeOut is the proxy's own answer to a request that waits for too long.
func (f *Flight) TimeOut() {
	f.proxy.Host.enter(f.id)
	f.x.response = [][2]string{{":status", "504"}}
	f.proxy.module.OnResponseHeaders(f.id)
	f.proxy.Host.endCallback()
}

// Tick lets the plugin do what is due.
func (p *Proxy) Tick() {
	p.Host.enter(pluginID)
	p.module.OnTick(pluginID)
	p.Host.endCallback()
}

// EndPlugin ends the plugin, as when a policy has been replaced.
func (p *Proxy) EndPlugin() {
	p.Host.enter(pluginID)
	p.module.OnDelete(pluginID)
	p.Host.endCallback()
}
