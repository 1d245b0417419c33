package door

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

// world is what guards may ask of the proxy: for one stream, or for the plugin
// while it is configured.
type world struct {
	host     host
	stream   *stream // nil: the plugin's
	argument []byte  // memory for what VerifySignature hands over
}

// GetShared implements guard.SharedData.
func (w *world) GetShared(key string) ([]byte, uint32, error) {
	value, cas, err := w.host.SharedData(key)
	return value, cas, shared(err)
}

// SetShared implements guard.SharedData.
func (w *world) SetShared(key string, value []byte, cas uint32) error {
	return shared(w.host.SetSharedData(key, value, cas))
}

// shared gives the host's failures the names that guards act on.
func shared(err error) error {
	switch {
	case err == nil:
		return nil
	case err == proxywasm.ErrNotFound: // errors.Is reflects, at half a microsecond in the VM
		return guard.ErrNotFound
	case err == proxywasm.ErrCASMismatch:
		return guard.ErrCASMismatch
	}
	return err
}

// SourceAddress implements guard.World with Envoy's source.address, "ip:port"
// or "[ip]:port".
func (w *world) SourceAddress() (netip.Addr, error) {
	b, err := w.host.Property("source\x00address")
	if err != nil {
		return netip.Addr{}, err
	}
	at, err := netip.ParseAddrPort(unsafe.String(unsafe.SliceData(b), len(b)))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("source.address is not an address: %w", err)
	}
	return at.Addr(), nil
}

// Fetch implements guard.Fetcher. The request's clock is read again: others
// have been judged meanwhile.
func (w *world) Fetch(c *guard.Call) (guard.Answer, error) {
	s := w.stream
	switch {
	case s == nil || s.running == nil:
		return guard.Answer{}, guard.ErrNotSent
	case s.running.gone:
		return guard.Answer{}, guard.ErrGone
	}
	if err := s.plugin.calls.join(s, c); err != nil {
		return guard.Answer{}, err
	}
	if !s.running.suspend() {
		return guard.Answer{}, guard.ErrGone
	}
	now, err := w.host.Now()
	if err != nil {
		return guard.Answer{}, guard.ErrNoAnswer
	}
	s.req.Now = now
	return s.heard, s.heardErr
}

// Post implements guard.Fetcher.
func (w *world) Post(c *guard.Call) error {
	if w.stream == nil {
		return guard.ErrNotSent
	}
	_, err := w.stream.plugin.calls.dispatch(w.stream, c)
	return err
}

// ResponseHeader implements guard.World. The status is :status.
func (w *world) ResponseHeader(name string) (value string, count int, err error) {
	headers, err := w.ResponseHeaders()
	switch {
	case err != nil:
		return "", 0, err
	case name == ":status" && w.stream.status != "":
		return w.stream.status, 1, nil
	}
	for i := range headers {
		if headers[i].Name != name {
			continue
		}
		if count++; count == 1 {
			value = headers[i].Value
		}
	}
	return value, count, nil
}

// ResponseHeaders implements guard.World. The proxy is asked once in a callback.
func (w *world) ResponseHeaders() ([]guard.Header, error) {
	s := w.stream
	if s == nil || !s.responding {
		return nil, proxywasm.ErrNotFound
	}
	if s.asked {
		return s.answered.headers, nil
	}
	pairs, err := w.host.HeaderPairs(proxywasm.ResponseHeaders)
	if err != nil {
		return nil, err
	}
	if s.fields, err = proxywasm.ReadPairs(pairs, s.fields[:0]); err != nil {
		return nil, err
	}
	s.answered.headers, s.status = s.answered.headers[:0], ""
	for i := range s.fields {
		if f := &s.fields[i]; f.Name == ":status" {
			s.status = f.Value
		} else if len(f.Name) == 0 || f.Name[0] != ':' {
			s.answered.headers = append(s.answered.headers, guard.Header(*f))
		}
	}
	s.asked = true
	return s.answered.headers, nil
}

// Body implements guard.World.
func (w *world) Body() ([]byte, error) {
	if w.stream == nil || !w.stream.body.ended {
		return nil, proxywasm.ErrNotFound
	}
	if w.stream.body.size == 0 {
		return nil, nil
	}
	b, err := w.host.RequestBody(0, w.stream.body.size)
	if err == nil && len(b) != int(w.stream.body.size) {
		err = proxywasm.ErrHost // a part of a body is not the body
	}
	return b, err
}

// Random implements guard.World.
func (w *world) Random(b []byte) error { return w.host.Random(b) }

// Count implements guard.World. A counter that fails is no reason to deny: the
// decision itself is counted apart.
func (w *world) Count(m guard.Metric) {
	if w.stream == nil {
		return
	}
	if err := w.stream.plugin.counters.add(m); err != nil {
		w.stream.complain("a counter could not be moved", err)
	}
}

// Warn implements guard.World.
func (w *world) Warn(line string) { w.host.Log(proxywasm.Warn, "sallyport: "+line) }

// PeerCertificate implements guard.World.
func (w *world) PeerCertificate() (sum [32]byte, ok bool, err error) {
	b, err := w.host.Property("connection\x00sha256_peer_certificate_digest")
	switch {
	case err == proxywasm.ErrNotFound, err == nil && len(b) == 0: // no TLS; no certificate
		return sum, false, nil
	case err != nil:
		return sum, false, err
	}
	if n, err := hex.Decode(sum[:], b[:min(len(b), 2*len(sum))]); err != nil || n != len(sum) || len(b) != 2*len(sum) {
		return sum, false, fmt.Errorf("the digest of the client's certificate is no SHA-256: %w", errors.Join(err, proxywasm.ErrHost))
	}
	return sum, true, nil
}
