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

// Wasm is the Host of a module that runs in a proxy.
type Wasm struct{}

const (
	bufferPluginConfiguration = 7
	metricCounter             = 0
	streamRequest             = 0
	wholeBuffer               = 1 << 30
)

// HeaderPairs implements Host.
func (Wasm) HeaderPairs(m HeaderMap) ([]byte, error) {
	var data *byte
	var size uint32
	if err := proxyGetHeaderMapPairs(uint32(m), unsafe.Pointer(&data), &size).Err(); err != nil {
		return nil, err
	}
	return bytesAt(data, size), nil
}

// AddHeader implements Host.
func (Wasm) AddHeader(m HeaderMap, name, value string) error {
	return proxyAddHeaderMapValue(uint32(m), ptr(name), size(name), ptr(value), size(value)).Err()
}

// ReplaceHeader implements Host.
func (Wasm) ReplaceHeader(m HeaderMap, name, value string) error {
	return proxyReplaceHeaderMapValue(uint32(m), ptr(name), size(name), ptr(value), size(value)).Err()
}

// RemoveHeader implements Host.
func (Wasm) RemoveHeader(m HeaderMap, name string) error {
	return proxyRemoveHeaderMapValue(uint32(m), ptr(name), size(name)).Err()
}

// SendLocalResponse implements Host.
func (Wasm) SendLocalResponse(r LocalResponse) error {
	headers := AppendPairs(nil, r.Headers)
	return proxySendLocalResponse(uint32(r.Status), ptr(r.Details), size(r.Details), ptr(r.Body), size(r.Body),
		unsafe.SliceData(headers), uint32(len(headers)), int32(r.GRPC)).Err()
}

// CloseStream implements Host.
func (Wasm) CloseStream() error { return proxyCloseStream(streamRequest).Err() }

// Property implements Host.
func (Wasm) Property(path string) ([]byte, error) {
	var data *byte
	var n uint32
	if err := proxyGetProperty(ptr(path), size(path), unsafe.Pointer(&data), &n).Err(); err != nil {
		return nil, err
	}
	return bytesAt(data, n), nil
}

// SetProperty implements Host.
func (Wasm) SetProperty(path, value string) error {
	return proxySetProperty(ptr(path), size(path), ptr(value), size(value)).Err()
}

// SharedData implements Host.
func (Wasm) SharedData(key string) (value []byte, cas uint32, err error) {
	var data *byte
	var n uint32
	if err := proxyGetSharedData(ptr(key), size(key), unsafe.Pointer(&data), &n, &cas).Err(); err != nil {
		return nil, 0, err
	}
	return bytesAt(data, n), cas, nil
}

// SetSharedData implements Host.
func (Wasm) SetSharedData(key string, value []byte, cas uint32) error {
	return proxySetSharedData(ptr(key), size(key), unsafe.SliceData(value), uint32(len(value)), cas).Err()
}

// PluginConfiguration implements Host.
func (Wasm) PluginConfiguration() ([]byte, error) {
	var data *byte
	var n uint32
	if err := proxyGetBufferBytes(bufferPluginConfiguration, 0, wholeBuffer, unsafe.Pointer(&data), &n).Err(); err != nil {
		return nil, err
	}
	return bytesAt(data, n), nil
}

// Now implements Host.
func (Wasm) Now() (int64, error) {
	var now uint64
	err := proxyGetCurrentTimeNanoseconds(&now).Err()
	return int64(now), err
}

// DefineCounter implements Host.
func (Wasm) DefineCounter(name string) (id uint32, err error) {
	err = proxyDefineMetric(metricCounter, ptr(name), size(name), &id).Err()
	return id, err
}

// Increment implements Host.
func (Wasm) Increment(id uint32) error { return proxyIncrementMetric(id, 1).Err() }

// Log implements Host. A line that the host does not take is lost: there is no
// second place to say so.
func (Wasm) Log(l Level, line string) { proxyLog(uint32(l), ptr(line), size(line)) }

// Random implements Host. crypto/rand would arm a timer (Envoy 1.33 to 1.38).
func (Wasm) Random(b []byte) error {
	if errno := randomGet(unsafe.SliceData(b), uint32(len(b))); errno != 0 {
		return fmt.Errorf("%w: random_get: errno %d", ErrHost, errno)
	}
	return nil
}

// Env implements Host.
func (Wasm) Env(name string) (string, bool) { return os.LookupEnv(name) }

func bytesAt(p *byte, n uint32) []byte { return unsafe.Slice(p, n) }

func ptr(s string) *byte { return unsafe.StringData(s) }

func size(s string) uint32 { return uint32(len(s)) }
