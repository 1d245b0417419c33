package door

import (
	"fmt"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

// streamsKept bounds the stream states that wait to be used again.
const streamsKept = 1024

// Door is the state of one VM.
type Door struct {
	host    host
	plugins map[uint32]*plugin
	latest  *plugin // nil, or the one in plugins that a stream was announced for last
	streams streams
	free    []*stream
	idle    []*coroutine
}

// New returns a door to a host.
func New(h proxywasm.Host) *Door {
	return &Door{host: known(h), plugins: map[uint32]*plugin{}}
}

// OnContextCreate answers proxy_on_context_create: a plugin context has no
// parent, a stream's is its plugin.
func (d *Door) OnContextCreate(id, parent uint32) {
	if parent == 0 {
		d.begun(id)
		return
	}
	d.streams.put(d.take(id, d.plugin(parent)))
}

func (d *Door) begun(id uint32) {
	defer d.recovered("context create")
	d.plugins[id] = newPlugin(d.host, id)
	d.latest = nil
}

// plugin returns nil for a context that is no plugin's.
func (d *Door) plugin(id uint32) *plugin {
	if p := d.latest; p != nil && p.id == id {
		return p
	}
	d.latest = d.plugins[id]
	return d.latest
}

// OnConfigure answers proxy_on_configure. False makes the proxy refuse the
// configuration and keep the one that it has.
func (d *Door) OnConfigure(id uint32) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			d.host.Log(proxywasm.Error, fmt.Sprintf("sallyport: panic while the policy was compiled: %v", p))
			ok = false
		}
	}()
	p := d.plugins[id]
	return p != nil && p.configure(d)
}

// OnRequestHeaders answers proxy_on_request_headers; end tells that no body
// follows.
func (d *Door) OnRequestHeaders(id uint32, end bool) (action proxywasm.Action) {
	action = proxywasm.Pause
	s := d.stream(id)
	through := false
	defer func() {
		if through {
			return
		}
		if p := recover(); p != nil {
			action = d.panicked(s, p)
		}
		s.forget()
	}()
	s.body.ended = end
	action = s.request()
	s.forget()
	through = true
	return action
}

// stream returns the state of a stream, a new one where its context was never
// announced.
func (d *Door) stream(id uint32) *stream {
	if s := d.streams.find(id); s != nil {
		return s
	}
	s := d.take(id, nil)
	d.streams.put(s)
	return s
}

// OnCallResponse answers proxy_on_http_call_response: everybody who waited for
// the answer goes on.
func (d *Door) OnCallResponse(id, token, headers, bodySize uint32) {
	defer d.recovered("call response")
	p := d.plugins[id]
	if p == nil {
		return
	}
	c := p.calls.take(token)
	if c == nil {
		return // of Post
	}
	answer, err := p.calls.read(c.maxBody, headers, bodySize)
	if len(c.waiters) == 0 && c.late != nil {
		c.late(answer, err)
	}
	for _, s := range c.waiters {
		if s.waitsFor == c { // else it has ended meanwhile
			d.wake(s, answer, err)
		}
	}
}

// wake goes on with a stream that has waited. What happens to it happens to no
// other.
func (d *Door) wake(s *stream, answer guard.Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			d.panicked(s, p)
		}
		s.heard, s.heardErr = guard.Answer{}, nil
		s.forget()
	}()
	s.waitsFor, s.heard, s.heardErr = nil, answer, err
	if err := d.host.SetEffectiveContext(s.id); err != nil {
		s.complain("a stream that waited is not there any more", err)
		s.cancel()
		return
	}
	s.wake()
}

// OnRequestTrailers answers proxy_on_request_trailers.
func (d *Door) OnRequestTrailers(id uint32) (action proxywasm.Action) {
	action = proxywasm.Pause
	s := d.streams.find(id)
	defer func() {
		if p := recover(); p != nil {
			action = d.panicked(s, p)
		}
	}()
	if s == nil {
		return proxywasm.Pause
	}
	return s.trailers()
}

// OnResponseHeaders answers proxy_on_response_headers. The response of a
// request that was judged goes on when it could be hardened.
func (d *Door) OnResponseHeaders(id uint32) (action proxywasm.Action) {
	s := d.streams.find(id)
	if s == nil {
		return proxywasm.Continue // an answer of the proxy to what never reached us
	}
	if s.unhardened() {
		s.responding = true
		return proxywasm.Continue
	}
	return d.respond(s)
}

func (d *Door) respond(s *stream) (action proxywasm.Action) {
	action = proxywasm.Pause
	defer func() {
		if p := recover(); p != nil {
			action = d.panicked(s, p)
		}
	}()
	return s.response()
}

// OnDelete answers proxy_on_delete.
func (d *Door) OnDelete(id uint32) {
	s := d.streams.find(id)
	if s == nil || !s.forwarded || len(s.req.Followers) > 0 {
		d.end(id, s)
		return
	}
	d.streams.remove(s)
	d.give(s)
}

// end ends a plugin, or a stream that somebody follows or that may wait. Nothing
// of a stream that went upstream waits.
func (d *Door) end(id uint32, s *stream) {
	defer d.recovered("delete")
	if s == nil {
		d.endPlugin(id)
		return
	}
	d.streams.remove(s)
	defer d.give(s)
	s.end()
}

// endPlugin ends the tasks of a plugin with it.
func (d *Door) endPlugin(id uint32) {
	p := d.plugins[id]
	delete(d.plugins, id)
	d.latest = nil
	if p == nil {
		return
	}
	for _, s := range p.tasks {
		s.cancel()
	}
}

// take returns a stream state for a plugin, used before where there is one.
func (d *Door) take(id uint32, p *plugin) *stream {
	if n := len(d.free); n > 0 {
		s := d.free[n-1]
		d.free = d.free[:n-1]
		s.id, s.plugin, s.req.World = id, p, &s.world
		return s
	}
	s := &stream{door: d, host: d.host, id: id, life: life{plugin: p}}
	s.world = world{host: d.host, stream: s}
	s.req.Reset()
	s.req.World = &s.world // from the start: an answer to what never reached us is hardened too
	return s
}

func (d *Door) give(s *stream) {
	s.recycle() // nothing of a client waits in the pool
	if len(d.free) < streamsKept {
		d.free = append(d.free, s)
	}
}

// panicked answers a panic of a stream's callback with a 503 that stops.
func (d *Door) panicked(s *stream, p any) (action proxywasm.Action) {
	action = proxywasm.Pause
	defer func() {
		if again := recover(); again != nil {
			d.lastResort(s, again)
		}
	}()
	d.host.Log(proxywasm.Error, fmt.Sprintf("sallyport: panic, answered 503: %v", p))
	if s == nil {
		return proxywasm.Pause
	}
	return s.abandon(guard.InternalError)
}

// lastResort resets a stream whose panic could not even be answered.
func (d *Door) lastResort(s *stream, p any) {
	defer d.recovered("reset")
	d.host.Log(proxywasm.Error, fmt.Sprintf("sallyport: panic while a panic was answered: %v", p))
	if s != nil {
		s.reset()
	}
}

// recovered ends a callback that has no answer to give.
func (d *Door) recovered(where string) {
	if p := recover(); p != nil {
		d.host.Log(proxywasm.Error, fmt.Sprintf("sallyport: panic in %s: %v", where, p))
	}
}
