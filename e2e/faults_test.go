package e2e

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// limited lets three requests pass on one route; another one has no limit.
const limited = `{"version": 1,
	"limits": {"three": {"by": ["ip"], "token_bucket": {"capacity": 3, "refill_per_second": 0.0001}}},
	"routes": [{"name": "limited", "path": "/limited", "public": true, "limits": ["three"]}, {"name": "all", "path": "/**", "public": true}]}`

// TestFaults breaks the module from inside: a fault that can be recovered is a
// denial, one that cannot is a denial by Envoy, and the module comes back.
func TestFaults(t *testing.T) {
	recovered := faults(t)
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			envoy := harness.Start(t, harness.Config{Version: version, Artefact: harness.Faulty, Reload: true,
				Service: harness.NewService(t, recovered.Service), Listeners: []harness.Listener{
					{Name: "recovered", Policy: recovered.Policy}, {Name: "trapped", Policy: []byte(limited)}}})
			t.Run("recovered", func(t *testing.T) { scenario.Run(t, scenario.Envoy, recovered, envoy.Runner("recovered")) })
			t.Run("trapped", func(t *testing.T) { trap(t, envoy) })
		})
	}
}

// faults is the scenario of what can be recovered.
func faults(t *testing.T) *scenario.Scenario {
	t.Helper()
	text, err := os.ReadFile("faults/recovered.txt")
	if err != nil {
		t.Fatal(err)
	}
	recovered, err := scenario.Parse("recovered", text)
	if err != nil {
		t.Fatal(err)
	}
	return recovered
}

// trap kills the VM by a stack that overflows, and waits until it is back. Its
// limits stand in shared data, so they have not forgotten anybody.
func trap(t *testing.T, envoy *harness.Envoy) {
	f := faulty{t, envoy}
	for _, want := range []int{200, 200, 200, 429} {
		if got := f.ask("/limited", ""); got.Status != want {
			t.Fatalf("before the trap: status %d, want %d", got.Status, want)
		}
	}
	for range 3 {
		got := f.ask("/a", "trap")
		if got.Status != 503 || got.Forwarded != nil || !strings.HasPrefix(got.Details, "wasm_fail_stream") {
			t.Fatalf("the trap: status %d, details %q, forwarded %v", got.Status, got.Details, got.Forwarded)
		}
		f.back()
	}
	if got := f.ask("/limited", ""); got.Status != 429 || got.Forwarded != nil {
		t.Errorf("after the trap: status %d, want 429: the limit was forgotten", got.Status)
	}
}

type faulty struct {
	t     *testing.T
	envoy *harness.Envoy
}

func (f faulty) ask(target, fault string) scenario.Result {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
	defer cancel()
	req := harness.Get(target)
	if fault != "" {
		req.Headers = append(req.Headers, scenario.Header{Name: "x-sallyport-fault", Value: fault})
	}
	got, err := f.envoy.Runner("trapped").Do(ctx, req, scenario.Upstream{Status: 200})
	if err != nil {
		f.t.Fatal(err)
	}
	return got
}

// back polls until the module serves again. Until then nothing goes upstream.
func (f faulty) back() {
	f.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got := f.ask("/a", "")
		switch {
		case got.Status == 200:
			return
		case got.Status != 503 || got.Forwarded != nil:
			f.t.Fatalf("while the VM is dead: status %d, forwarded %v", got.Status, got.Forwarded)
		case time.Now().After(deadline):
			f.t.Fatalf("the module is not back in service; Envoy's log ends:\n%s", f.envoy.Tail(40))
		}
	}
}
