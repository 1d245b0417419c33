//go:build sallyport_faults

package door_test

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/filter/hosttest"
)

// TestBodiesThatWait: clients that send slowly, for which no credential is needed,
// do not fill the VM. However a wait ends, another request can take its place.
func TestBodiesThatWait(t *testing.T) {
	for _, c := range []struct {
		name, header string
		most         int
	}{{"requests", "", 4096}, {"bytes", strings.Repeat("h", 15000), (64 << 20) / 45000}} {
		t.Run(c.name, func(t *testing.T) {
			eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
				fill := func() (open []*hosttest.Flight) {
					for range 5000 {
						f := p.Begin(posting("good", "x-1", c.header, "x-2", c.header, "x-3", c.header))
						open = append(open, f)
						if f.Answered() {
							return open
						}
						f.Piece([]byte("g"), false)
					}
					return open
				}
				first := fill()
				if n := len(first) - 1; n < c.most-100 || n > c.most {
					t.Fatalf("%d wait at once, want %d", n, c.most)
				}
				for i, f := range first { // some are judged, some refused, some leave
					switch i % 3 {
					case 0:
						f.Piece([]byte("ood"), true)
					case 1:
						f.Piece([]byte(strings.Repeat("b", 5001)), false)
					}
					f.Leave()
				}
				if again := fill(); len(again) != len(first) {
					t.Errorf("%d wait at once afterwards, %d before", len(again), len(first))
				}
			})
		})
	}
}
