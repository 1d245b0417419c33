package door_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/proxywasm"
)

func policyWithKey() string {
	sum := sha256.Sum256([]byte(liveKey))
	return strings.Replace(policy, "5b9dc6f3c2bcb8ecf5a5ab1f1b0b9b3a0f7b2c1a6e4d7fd0dd6f9d9d1f0f4d5e", hex.EncodeToString(sum[:]), 1)
}

// quiet is a host that allocates nothing, so that a test counts the door's
// allocations alone. Its shared data holds one page.
type quiet struct {
	configuration []byte
	pairs         []byte
	pages         map[string][]byte
	buf           []byte
}

func (q *quiet) HeaderPairs(proxywasm.HeaderMap) ([]byte, error)         { return q.pairs, nil }
func (q *quiet) AddHeader(proxywasm.HeaderMap, string, string) error     { return nil }
func (q *quiet) ReplaceHeader(proxywasm.HeaderMap, string, string) error { return nil }
func (q *quiet) RemoveHeader(proxywasm.HeaderMap, string) error          { return nil }
func (q *quiet) SendLocalResponse(proxywasm.LocalResponse) error         { return nil }
func (q *quiet) CloseStream() error                                      { return nil }
func (q *quiet) ContinueStream() error                                   { return nil }
func (q *quiet) SetEffectiveContext(uint32) error                        { return nil }
func (q *quiet) DispatchCall(proxywasm.HTTPCall) (uint32, error)         { return 0, proxywasm.ErrHost }
func (q *quiet) RequestBody(uint32, uint32) ([]byte, error)              { return nil, proxywasm.ErrNotFound }
func (q *quiet) CallBody(uint32) ([]byte, error)                         { return nil, proxywasm.ErrNotFound }
func (q *quiet) CallForeign(string, []byte) ([]byte, error)              { return nil, proxywasm.ErrNotFound }
func (q *quiet) SetTickPeriod(uint32) error                              { return nil }
func (q *quiet) Property(string) ([]byte, error)                         { return []byte("192.0.2.1:1"), nil }
func (q *quiet) SetProperty(string, string) error                        { return nil }
func (q *quiet) PluginConfiguration() ([]byte, error)                    { return q.configuration, nil }
func (q *quiet) Now() (int64, error)                                     { return 1764000000e9, nil }
func (q *quiet) DefineCounter(string) (uint32, error)                    { return 1, nil }
func (q *quiet) Increment(uint32) error                                  { return nil }
func (q *quiet) Log(proxywasm.Level, string)                             {}
func (q *quiet) Random([]byte) error                                     { return nil }
func (q *quiet) Env(string) (string, bool)                               { return "", false }

func (q *quiet) SharedData(key string) ([]byte, uint32, error) {
	v, ok := q.pages[key]
	if !ok {
		return nil, 0, proxywasm.ErrNotFound
	}
	q.buf = append(q.buf[:0], v...)
	return q.buf, 1, nil
}

func (q *quiet) SetSharedData(key string, value []byte, _ uint32) error {
	if old, ok := q.pages[key]; ok {
		q.pages[key] = append(old[:0], value...)
		return nil
	}
	q.pages[strings.Clone(key)] = append(make([]byte, 0, 1024), value...)
	return nil
}

// TestAllocations is the budget: a request that is allowed from the caches
// allocates nothing, from the creation of its context to its end.
func TestAllocations(t *testing.T) {
	cases := map[string][][2]string{
		"public": {{":authority", "a.example"}, {":path", "/health"}, {":method", "GET"}, {":scheme", "http"}, {"x-request-id", "r"}},
		"key, scope, limit, path unchanged": {{":authority", "a.example"}, {":path", "/orders/7?x=1"}, {":method", "GET"}, {":scheme", "http"},
			{"x-api-key", liveKey}, {"x-request-id", "r"}},
		"key, scope, limit, path normalised, spoofed header": {{":authority", "A.example:443"}, {":path", "/./orders//%37?x=1"}, {":method", "GET"},
			{":scheme", "http"}, {"x-api-key", liveKey}, {"x-client-id", "spoofed"}},
	}
	for name, pairs := range cases {
		q := &quiet{configuration: []byte(policyWithKey()), pairs: proxywasm.AppendPairs(nil, pairs), pages: map[string][]byte{}}
		d := door.New(q)
		d.OnContextCreate(1, 0)
		if !d.OnConfigure(1) {
			t.Fatal("the configuration is refused")
		}
		request := func() {
			d.OnContextCreate(2, 1)
			if d.OnRequestHeaders(2, true) != proxywasm.Continue || d.OnResponseHeaders(2) != proxywasm.Continue {
				t.Fatal("not allowed")
			}
			d.OnDelete(2)
		}
		request()
		if n := testing.AllocsPerRun(1000, request); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}
