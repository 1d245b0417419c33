//go:build sallyport_faults

package door_test

import (
	"testing"

	"sallyport.dev/sallyport/filter/proxywasm"
)

// TestBodyComesEarly: the plugin holds headers and the policy does not say so. The
// body that came while a guard asked a service must stay with them, and be judged.
func TestBodyComesEarly(t *testing.T) {
	for first, passes := range map[string]bool{"good": true, "bad": false} {
		p := reading(t, false)
		p.Host.HoldsHeaders = true
		f := p.Begin(posting(first+"good", "x-fault-first", "/first"))
		f.Piece([]byte(first), false)
		p.Deliver()
		if !f.Waits() {
			t.Errorf("%s goes on before the verdict", first)
		}
		if got := f.Piece([]byte("good"), true); (got == proxywasm.Continue) != passes {
			t.Errorf("%s: %v", first, got)
		}
		f.Leave()
	}
}
