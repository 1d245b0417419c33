//go:build sallyport_faults

package door_test

import (
	"runtime"
	"strings"
	"testing"

	"sallyport.dev/sallyport/filter/hosttest"
)

// TestLongHeadersGo: a stream that has its verdict, and may last long, does not
// keep a long copy of its headers.
func TestLongHeadersGo(t *testing.T) {
	eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
		long := strings.Repeat("h", 15000)
		heap := func() int64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		before := heap()
		open := make([]*hosttest.Flight, 500)
		for i := range open {
			open[i] = p.Begin(get("/a", "x-1", long, "x-2", long, "x-3", long))
		}
		if kept := (heap() - before) / int64(len(open)); kept > 20000 {
			t.Errorf("%d bytes are kept of each", kept)
		}
		for _, f := range open {
			f.Leave()
		}
	})
}
