package main

import (
	"bytes"
	"context"
	"maps"
	"testing"
	"time"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/internal/scenario"
)

// The same scenarios that run on a real Envoy run here on a fake proxy: natively
// and in the built module. A missing module fails.
const (
	folder = "../e2e/scenarios"
	module = "../dist/sallyport.wasm"
)

func load(t *testing.T, host scenario.Host) []*scenario.Scenario {
	t.Helper()
	all, err := scenario.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	var out []*scenario.Scenario
	for _, s := range all {
		if len(s.For(host)) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func TestScenariosNative(t *testing.T) {
	for _, s := range load(t, scenario.Native) {
		t.Run(s.Name, func(t *testing.T) {
			h := newHost(s, s.Env)
			run(t, scenario.Native, s, h, door.New(h))
		})
	}
}

func TestScenariosModule(t *testing.T) {
	runtime, err := hosttest.NewRuntime(t.Context(), module)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runtime.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for _, s := range load(t, scenario.Module) {
		t.Run(s.Name, func(t *testing.T) {
			h := newHost(s, maps.Clone(s.Env))
			vm, err := runtime.Start(t.Context(), h)
			if err != nil {
				t.Fatal(err)
			}
			run(t, scenario.Module, s, h, vm)
		})
	}
}

// newHost makes a host with the policy as it is at the host's time.
func newHost(s *scenario.Scenario, env map[string]string) *hosttest.Host {
	h := hosttest.NewHost(nil, env)
	h.Configuration = s.PolicyAt(time.Unix(0, h.Time))
	h.HoldsHeaders = bytes.Contains(h.Configuration, []byte(`"headers_stop_iteration": true`))
	return h
}

func run(t *testing.T, host scenario.Host, s *scenario.Scenario, h *hosttest.Host, m hosttest.Module) {
	t.Helper()
	h.Serve = hosttest.Service(s.Service)
	h.Foreign = map[string]func([]byte) ([]byte, error){"verify_signature": hosttest.VerifySignature}
	p, err := hosttest.NewProxy(h, m)
	if err != nil {
		t.Fatal(err)
	}
	scenario.Run(t, host, s, p)
}
