package hosttest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// Host is a proxy's side of the ABI.
type Host struct {
	Configuration []byte
	Environment   map[string]string
	Shared        *guardtest.Shared
	Time          int64 // Unix nanoseconds
	Counters      map[string]int64
	Lines         []string // logged, as "level: text"
	// Fail is asked ahead of every call; an error is the call's answer.
	Fail func(call string) error
	// Serve is all clusters. It is asked when a call is delivered.
	Serve func(c proxywasm.HTTPCall) Served
	Calls []Pending // in the order in which they were sent
	// Foreign are the functions that the proxy offers by name.
	Foreign map[string]func(argument []byte) ([]byte, error)
	// Certificate is the digest of the client's certificate, in hexadecimal.
	Certificate string
	// HoldsHeaders: the headers wait with the body (allow_on_headers_stop_iteration).
	// Else a request that goes on is out of reach behind its headers' callback, and
	// a buffer filter behind the module holds it back.
	HoldsHeaders bool
	// TickPeriod is what the module asked for, in milliseconds.
	TickPeriod uint32

	stream    *exchange // whose context is effective
	effective uint32
	exchanges map[uint32]*exchange // by context
	tokens    uint32
	served    Served // the answer whose callback runs

	names []string // of counters, by id
	lent  [][]byte // memory that is valid until the callback ends
	world guardtest.World
}

// exchange is the stream whose callback is running.
type exchange struct {
	source   string
	request  [][2]string
	trailers [][2]string
	response [][2]string
	local    *proxywasm.LocalResponse
	state    map[string]string
	closed   bool // reset without an answer

	continued bool   // by ContinueStream
	gone      bool   // the headers have passed the module
	body      []byte // held back
}

var _ proxywasm.Host = (*Host)(nil)

// NewHost returns a host whose plugin has a configuration.
func NewHost(configuration []byte, env map[string]string) *Host {
	shared := guardtest.NewShared()
	return &Host{Configuration: configuration, Environment: env, Shared: shared, Time: 1764000000e9,
		Counters: map[string]int64{}, exchanges: map[uint32]*exchange{}, world: guardtest.World{Shared: shared}}
}

// endCallback spoils what the host lent, as the proxy's memory is used again.
func (h *Host) endCallback() {
	for _, b := range h.lent {
		for i := range b {
			b[i] = 0xdb
		}
	}
	h.lent = h.lent[:0]
}

func (h *Host) begin(call string) error {
	if h.Fail == nil {
		return nil
	}
	return h.Fail(call)
}

func (h *Host) fields(m proxywasm.HeaderMap) *[][2]string {
	switch m {
	case proxywasm.RequestTrailers:
		return &h.stream.trailers
	case proxywasm.ResponseHeaders:
		return &h.stream.response
	}
	return &h.stream.request
}

// HeaderPairs implements proxywasm.Host.
func (h *Host) HeaderPairs(m proxywasm.HeaderMap) ([]byte, error) {
	if err := h.begin("HeaderPairs"); err != nil {
		return nil, err
	}
	fields := h.callHeaders()
	if m != proxywasm.CallHeaders {
		fields = *h.fields(m)
	}
	b := proxywasm.AppendPairs(nil, fields)
	h.lent = append(h.lent, b)
	return b, nil
}

// reach fails edits of headers that have passed the module.
func (h *Host) reach(m proxywasm.HeaderMap) error {
	if m == proxywasm.RequestHeaders && h.stream.gone {
		return proxywasm.StatusBadArgument.Err()
	}
	return nil
}

// RequestBody implements proxywasm.Host. As in Envoy an empty body is not found.
func (h *Host) RequestBody(start, size uint32) ([]byte, error) {
	if err := h.begin("RequestBody"); err != nil {
		return nil, err
	}
	held := h.stream.body
	if int(start) >= len(held) {
		return nil, proxywasm.ErrNotFound
	}
	b := bytes.Clone(held[start:min(len(held), int(start+size))])
	h.lent = append(h.lent, b)
	return b, nil
}

// AddHeader implements proxywasm.Host.
func (h *Host) AddHeader(m proxywasm.HeaderMap, name, value string) error {
	if err := h.begin("AddHeader " + name); err != nil {
		return err
	}
	if err := h.reach(m); err != nil {
		return err
	}
	f := h.fields(m)
	*f = append(*f, [2]string{clone(name), clone(value)})
	return nil
}

// ReplaceHeader implements proxywasm.Host.
func (h *Host) ReplaceHeader(m proxywasm.HeaderMap, name, value string) error {
	if err := h.begin("ReplaceHeader " + name); err != nil {
		return err
	}
	if err := h.reach(m); err != nil {
		return err
	}
	f := h.fields(m)
	remove(f, name)
	*f = append(*f, [2]string{clone(name), clone(value)})
	return nil
}

// RemoveHeader implements proxywasm.Host.
func (h *Host) RemoveHeader(m proxywasm.HeaderMap, name string) error {
	if err := h.begin("RemoveHeader " + name); err != nil {
		return err
	}
	if err := h.reach(m); err != nil {
		return err
	}
	remove(h.fields(m), name)
	return nil
}

func remove(f *[][2]string, name string) {
	*f = slices.DeleteFunc(*f, func(p [2]string) bool { return p[0] == name })
}

// SendLocalResponse implements proxywasm.Host. As in Envoy the first one wins.
func (h *Host) SendLocalResponse(r proxywasm.LocalResponse) error {
	if err := h.begin("SendLocalResponse"); err != nil {
		return err
	}
	if h.stream.local == nil {
		r.Details, r.Body = clone(r.Details), clone(r.Body)
		r.Headers = slices.Clone(r.Headers)
		for i := range r.Headers {
			r.Headers[i] = [2]string{clone(r.Headers[i][0]), clone(r.Headers[i][1])}
		}
		h.stream.local = &r
	}
	return nil
}

// CloseStream implements proxywasm.Host.
func (h *Host) CloseStream() error {
	if err := h.begin("CloseStream"); err != nil {
		return err
	}
	h.stream.closed = true
	return nil
}

// Property implements proxywasm.Host.
func (h *Host) Property(path string) ([]byte, error) {
	if err := h.begin("Property " + path); err != nil {
		return nil, err
	}
	switch {
	case path == "plugin_root_id":
		return []byte("test"), nil
	case path == "source\x00address" && h.stream != nil:
		b := []byte(h.stream.source)
		h.lent = append(h.lent, b)
		return b, nil
	}
	if path == "connection\x00sha256_peer_certificate_digest" && h.stream != nil && h.Certificate != "" {
		return []byte(h.Certificate), nil
	}
	return nil, proxywasm.ErrNotFound
}

// CallForeign implements proxywasm.Host.
func (h *Host) CallForeign(name string, argument []byte) ([]byte, error) {
	if err := h.begin("CallForeign " + name); err != nil {
		return nil, err
	}
	f := h.Foreign[name]
	if f == nil {
		return nil, proxywasm.ErrNotFound
	}
	b, err := f(bytes.Clone(argument))
	h.lent = append(h.lent, b)
	return b, err
}

// SetTickPeriod implements proxywasm.Host.
func (h *Host) SetTickPeriod(milliseconds uint32) error {
	h.TickPeriod = milliseconds
	return h.begin("SetTickPeriod")
}

// SetProperty implements proxywasm.Host.
func (h *Host) SetProperty(path, value string) error {
	if err := h.begin("SetProperty"); err != nil {
		return err
	}
	h.stream.state[clone(path)] = clone(value)
	return nil
}

// SharedData implements proxywasm.Host.
func (h *Host) SharedData(key string) ([]byte, uint32, error) {
	if err := h.begin("SharedData"); err != nil {
		return nil, 0, err
	}
	value, cas, err := h.world.GetShared(key)
	return value, cas, hostError(err)
}

// SetSharedData implements proxywasm.Host.
func (h *Host) SetSharedData(key string, value []byte, cas uint32) error {
	if err := h.begin("SetSharedData"); err != nil {
		return err
	}
	return hostError(h.world.SetShared(clone(key), value, cas))
}

func hostError(err error) error {
	switch err {
	case guard.ErrNotFound:
		return proxywasm.ErrNotFound
	case guard.ErrCASMismatch:
		return proxywasm.ErrCASMismatch
	}
	return err
}

// PluginConfiguration implements proxywasm.Host.
func (h *Host) PluginConfiguration() ([]byte, error) {
	if err := h.begin("PluginConfiguration"); err != nil {
		return nil, err
	}
	if h.Configuration == nil {
		return nil, proxywasm.ErrNotFound
	}
	b := bytes.Clone(h.Configuration)
	h.lent = append(h.lent, b)
	return b, nil
}

// Now implements proxywasm.Host.
func (h *Host) Now() (int64, error) { return h.Time, h.begin("Now") }

// DefineCounter implements proxywasm.Host.
func (h *Host) DefineCounter(name string) (uint32, error) {
	if err := h.begin("DefineCounter"); err != nil {
		return 0, err
	}
	h.names = append(h.names, clone(name))
	return uint32(len(h.names) - 1), nil
}

// Increment implements proxywasm.Host.
func (h *Host) Increment(id uint32) error {
	if err := h.begin("Increment"); err != nil {
		return err
	}
	if int(id) >= len(h.names) {
		return proxywasm.ErrNotFound
	}
	h.Counters[h.names[id]]++
	return nil
}

// Log implements proxywasm.Host.
func (h *Host) Log(l proxywasm.Level, line string) {
	h.Lines = append(h.Lines, fmt.Sprintf("%d: %s", l, line))
}

// Random implements proxywasm.Host with bytes that are the same every time.
func (h *Host) Random(b []byte) error {
	for i := range b {
		b[i] = byte(i * 37)
	}
	return h.begin("Random")
}

// Env implements proxywasm.Host.
func (h *Host) Env(name string) (string, bool) {
	value, ok := h.Environment[name]
	return value, ok
}

// Enter makes a stream the one whose callback runs, for tests of a single call.
func (h *Host) Enter(testing.TB) { h.stream = &exchange{state: map[string]string{}} }

func clone(s string) string { return string([]byte(s)) }
