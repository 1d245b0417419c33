package door

import (
	"fmt"
	"net/netip"
	"unsafe"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

// world is what guards may ask of the proxy.
type world struct{ host proxywasm.Host }

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

// Fetch implements guard.Fetcher.
func (w *world) Fetch(*guard.Call) (guard.Answer, error) { return guard.Answer{}, guard.ErrNotSent }

// Post implements guard.Fetcher.
func (w *world) Post(*guard.Call) error { return guard.ErrNotSent }

// ResponseHeader implements guard.World.
func (w *world) ResponseHeader(string) (value string, count int, err error) {
	return "", 0, proxywasm.ErrNotFound
}

// Count implements guard.World.
func (w *world) Count(guard.Metric) {}
