package guardtest

import (
	"bytes"
	"net/netip"

	"sallyport.dev/sallyport/policy/guard"
)

// The calls that a World counts, fails and announces.
const (
	Get     = "GetShared"
	Set     = "SetShared"
	Address = "SourceAddress"
	Fetch   = "Fetch"
	Post    = "Post"

	ResponseHeader = "ResponseHeader"
	Verify         = "VerifySignature"
	Certificate    = "PeerCertificate"
	Responses      = "ResponseHeaders"
	Body           = "Body"
	Random         = "Random"
)

// World is one worker's view of the proxy. The zero value with Shared set is
// ready; its address is invalid, and asking for it an error of the test.
type World struct {
	Shared *Shared
	Addr   netip.Addr
	// Before is called ahead of each call, with the key where there is one. An
	// error is the call's answer. It may change Shared: so another worker comes
	// in between.
	Before func(call, key string) error
	Calls  map[string]int // by call; counted when not nil
	// Answer answers Fetch and Post. Where it is nil nothing can be sent.
	Answer func(c *guard.Call) (guard.Answer, error)
	// Verify answers VerifySignature. Where it is nil there is no verifier.
	Verify func(h guard.Hash, key, signature, text []byte) (bool, error)
	// Certificate is what the client showed; nil: none.
	Certificate *[32]byte
	// Response are the headers of the response.
	Response []guard.Header
	// RequestBody is what Body returns.
	RequestBody []byte
	// Counted is how often each counter was counted.
	Counted map[guard.Metric]int
	// Warned are the lines of the log.
	Warned []string

	value, sent []byte
	drawn       int
}

var _ guard.World = (*World)(nil)

// New returns a World with its own empty shared data and a client at addr.
func New(addr string) *World {
	return &World{Shared: NewShared(), Addr: netip.MustParseAddr(addr), Calls: map[string]int{}}
}

// GetShared implements guard.SharedData. As in the host, the value stands in
// memory that the next call uses again: it is spoilt here, so that a guard that
// holds on to it fails its test.
func (w *World) GetShared(key string) ([]byte, uint32, error) {
	if err := w.begin(Get, key); err != nil {
		return nil, 0, err
	}
	value, cas, err := w.Shared.get(w.value[:0], key)
	if err != nil {
		return nil, 0, err
	}
	w.value = value
	return value, cas, nil
}

// SetShared implements guard.SharedData.
func (w *World) SetShared(key string, value []byte, cas uint32) error {
	w.sent = append(w.sent[:0], value...) // value may stand where GetShared put it
	if err := w.begin(Set, key); err != nil {
		return err
	}
	return w.Shared.set(key, w.sent, cas)
}

// SourceAddress implements guard.World.
func (w *World) SourceAddress() (netip.Addr, error) {
	if err := w.begin(Address, ""); err != nil {
		return netip.Addr{}, err
	}
	return w.Addr, nil
}

// Fetch implements guard.Fetcher.
func (w *World) Fetch(c *guard.Call) (guard.Answer, error) {
	if err := w.begin(Fetch, c.Path); err != nil {
		return guard.Answer{}, err
	}
	if w.Answer == nil {
		return guard.Answer{}, guard.ErrNotSent
	}
	return w.Answer(c)
}

// Post implements guard.Fetcher.
func (w *World) Post(c *guard.Call) error {
	if err := w.begin(Post, c.Path); err != nil {
		return err
	}
	if w.Answer == nil {
		return guard.ErrNotSent
	}
	_, err := w.Answer(c)
	return err
}

// VerifySignature implements guard.Crypto.
func (w *World) VerifySignature(h guard.Hash, key, signature, text []byte) (bool, error) {
	if err := w.begin(Verify, ""); err != nil {
		return false, err
	}
	if w.Verify == nil {
		return false, guard.ErrNoVerifier
	}
	return w.Verify(h, key, signature, text)
}

// PeerCertificate implements guard.World.
func (w *World) PeerCertificate() (sum [32]byte, ok bool, err error) {
	if err := w.begin(Certificate, ""); err != nil || w.Certificate == nil {
		return sum, false, err
	}
	return *w.Certificate, true, nil
}

// ResponseHeader implements guard.World.
func (w *World) ResponseHeader(name string) (value string, count int, err error) {
	if err := w.begin(ResponseHeader, name); err != nil {
		return "", 0, err
	}
	value, count = (&guard.Request{Headers: w.Response}).Get(name)
	return value, count, nil
}

// ResponseHeaders implements guard.World.
func (w *World) ResponseHeaders() ([]guard.Header, error) {
	return w.Response, w.begin(Responses, "")
}

// Body implements guard.World.
func (w *World) Body() ([]byte, error) { return w.RequestBody, w.begin(Body, "") }

// Random implements guard.World with bytes that differ from call to call, and
// are the same in every run.
func (w *World) Random(b []byte) error {
	for i := range b {
		w.drawn++
		b[i] = byte(w.drawn * 37)
	}
	return w.begin(Random, "")
}

// Count implements guard.World.
func (w *World) Count(m guard.Metric) {
	if m == 0 {
		return
	}
	if w.Counted == nil {
		w.Counted = map[guard.Metric]int{}
	}
	w.Counted[m]++
}

// Warn implements guard.World.
func (w *World) Warn(line string) { w.Warned = append(w.Warned, line) }

// begin counts the call, spoils the value of the last one, and asks Before.
func (w *World) begin(call, key string) error {
	if w.Calls != nil {
		w.Calls[call]++
	}
	for rest := w.value; len(rest) > 0; {
		rest = rest[copy(rest, spoilt):]
	}
	if w.Before == nil {
		return nil
	}
	return w.Before(call, key)
}

var spoilt = bytes.Repeat([]byte{0xdb}, 1<<12)
