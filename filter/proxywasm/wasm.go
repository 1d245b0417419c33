//go:build wasip1

package proxywasm

import (
	"fmt"
	"os"
	"unsafe"
)

// arena is what the host writes into. It is the one package variable: the
// memory of the VM's single thread, not state of any plugin or stream.
var arena Arena

// Allocate answers proxy_on_memory_allocate.
func Allocate(size uint32) *byte { return arena.Allocate(size) }

// BeginCallback makes what earlier callbacks read invalid.
func BeginCallback() { arena.Reset() }

// Wasm is the Host of a module that runs in a proxy. Its fields are where the
// host writes its answers: a variable of a method, whose address an import
// takes, would move to the heap at every call.
type Wasm struct {
	data *byte
	size uint32
	cas  uint32
	id   uint32
	now  uint64
	none [4]byte // the serialised form of no pairs; never written to
}

const (
	bufferRequestBody         = 0
	bufferCallBody            = 4
	bufferPluginConfiguration = 7
	metricCounter             = 0
	streamRequest             = 0
	wholeBuffer               = 1 << 30
)

// HeaderPairs implements Host.
func (w *Wasm) HeaderPairs(m HeaderMap) ([]byte, error) {
	if err := proxyGetHeaderMapPairs(uint32(m), unsafe.Pointer(&w.data), &w.size).Err(); err != nil {
		return nil, err
	}
	return bytesAt(w.data, w.size), nil
}

// AddHeader implements Host.
func (w *Wasm) AddHeader(m HeaderMap, name, value string) error {
	return proxyAddHeaderMapValue(uint32(m), ptr(name), size(name), ptr(value), size(value)).Err()
}

// ReplaceHeader implements Host.
func (w *Wasm) ReplaceHeader(m HeaderMap, name, value string) error {
	return proxyReplaceHeaderMapValue(uint32(m), ptr(name), size(name), ptr(value), size(value)).Err()
}

// RemoveHeader implements Host.
func (w *Wasm) RemoveHeader(m HeaderMap, name string) error {
	return proxyRemoveHeaderMapValue(uint32(m), ptr(name), size(name)).Err()
}

// SendLocalResponse implements Host.
func (w *Wasm) SendLocalResponse(r LocalResponse) error {
	headers := AppendPairs(nil, r.Headers)
	return proxySendLocalResponse(uint32(r.Status), ptr(r.Details), size(r.Details), ptr(r.Body), size(r.Body),
		unsafe.SliceData(headers), uint32(len(headers)), int32(r.GRPC)).Err()
}

// CloseStream implements Host.
func (w *Wasm) CloseStream() error { return proxyCloseStream(streamRequest).Err() }

// ContinueStream implements Host.
func (w *Wasm) ContinueStream() error { return proxyContinueStream(streamRequest).Err() }

// SetEffectiveContext implements Host.
func (w *Wasm) SetEffectiveContext(id uint32) error { return proxySetEffectiveContext(id).Err() }

// DispatchCall implements Host.
func (w *Wasm) DispatchCall(c HTTPCall) (token uint32, err error) {
	headers := AppendPairs(nil, c.Headers)
	err = proxyHTTPCall(ptr(c.Cluster), size(c.Cluster), unsafe.SliceData(headers), uint32(len(headers)),
		unsafe.SliceData(c.Body), uint32(len(c.Body)), &w.none[0], uint32(len(w.none)), c.Timeout, &w.id).Err()
	return w.id, err
}

// CallBody implements Host.
func (w *Wasm) CallBody(n uint32) ([]byte, error) {
	if err := proxyGetBufferBytes(bufferCallBody, 0, n, unsafe.Pointer(&w.data), &w.size).Err(); err != nil {
		return nil, err
	}
	return bytesAt(w.data, w.size), nil
}

// RequestBody implements Host. The arena gives back what the last piece of a
// body took, or a large body would take its memory from the heap.
func (w *Wasm) RequestBody(start, n uint32) ([]byte, error) {
	arena.BeginPiece()
	defer arena.EndPiece()
	if err := proxyGetBufferBytes(bufferRequestBody, start, n, unsafe.Pointer(&w.data), &w.size).Err(); err != nil {
		return nil, err
	}
	return bytesAt(w.data, w.size), nil
}

// Property implements Host.
func (w *Wasm) Property(path string) ([]byte, error) {
	if err := proxyGetProperty(ptr(path), size(path), unsafe.Pointer(&w.data), &w.size).Err(); err != nil {
		return nil, err
	}
	return bytesAt(w.data, w.size), nil
}

// SetProperty implements Host.
func (w *Wasm) SetProperty(path, value string) error {
	return proxySetProperty(ptr(path), size(path), ptr(value), size(value)).Err()
}

// SharedData implements Host.
func (w *Wasm) SharedData(key string) (value []byte, cas uint32, err error) {
	if err := proxyGetSharedData(ptr(key), size(key), unsafe.Pointer(&w.data), &w.size, &w.cas).Err(); err != nil {
		return nil, 0, err
	}
	return bytesAt(w.data, w.size), w.cas, nil
}

// SetSharedData implements Host.
func (w *Wasm) SetSharedData(key string, value []byte, cas uint32) error {
	return proxySetSharedData(ptr(key), size(key), unsafe.SliceData(value), uint32(len(value)), cas).Err()
}

// CallForeign implements Host.
func (w *Wasm) CallForeign(name string, argument []byte) ([]byte, error) {
	w.data, w.size = nil, 0 // the proxy writes nothing where there is no answer
	err := proxyCallForeignFunction(ptr(name), size(name), unsafe.SliceData(argument), uint32(len(argument)), unsafe.Pointer(&w.data), &w.size).Err()
	if err != nil {
		return nil, err
	}
	return bytesAt(w.data, w.size), nil
}

// SetTickPeriod implements Host.
func (w *Wasm) SetTickPeriod(milliseconds uint32) error {
	return proxySetTickPeriodMilliseconds(milliseconds).Err()
}

// PluginConfiguration implements Host.
func (w *Wasm) PluginConfiguration() ([]byte, error) {
	if err := proxyGetBufferBytes(bufferPluginConfiguration, 0, wholeBuffer, unsafe.Pointer(&w.data), &w.size).Err(); err != nil {
		return nil, err
	}
	return bytesAt(w.data, w.size), nil
}

// Now implements Host.
func (w *Wasm) Now() (int64, error) {
	err := proxyGetCurrentTimeNanoseconds(&w.now).Err()
	return int64(w.now), err
}

// DefineCounter implements Host.
func (w *Wasm) DefineCounter(name string) (id uint32, err error) {
	err = proxyDefineMetric(metricCounter, ptr(name), size(name), &w.id).Err()
	return w.id, err
}

// Increment implements Host.
func (w *Wasm) Increment(id uint32) error { return proxyIncrementMetric(id, 1).Err() }

// Log implements Host. A line that the host does not take is lost: there is no
// second place to say so.
func (w *Wasm) Log(l Level, line string) { proxyLog(uint32(l), ptr(line), size(line)) }

// Random implements Host. crypto/rand would arm a timer (Envoy 1.33 to 1.38).
func (w *Wasm) Random(b []byte) error {
	if errno := randomGet(unsafe.SliceData(b), uint32(len(b))); errno != 0 {
		return fmt.Errorf("%w: random_get: errno %d", ErrHost, errno)
	}
	return nil
}

// Env implements Host.
func (w *Wasm) Env(name string) (string, bool) { return os.LookupEnv(name) }

// bytesAt returns what the host wrote. It panics where that is nowhere. (unsafe.Slice
// calls a function to multiply n by one.)
func bytesAt(p *byte, n uint32) []byte {
	if n == 0 {
		return []byte{}
	}
	return (*[wholeBuffer]byte)(unsafe.Pointer(p))[:n:n]
}

func ptr(s string) *byte { return unsafe.StringData(s) }

func size(s string) uint32 { return uint32(len(s)) }
