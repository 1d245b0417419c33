// Package e2e runs the built module in real Envoys, black box.
package e2e

import (
	"maps"
	"slices"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// TestScenarios runs every scenario on every Envoy: one Envoy each, with a
// listener for each scenario.
func TestScenarios(t *testing.T) {
	all := load(t)
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			envoy := harness.Start(t, listeners(t, version, all))
			for _, s := range all {
				t.Run(s.Name, func(t *testing.T) {
					scenario.Run(t, scenario.Envoy, s, envoy.Runner(s.Name))
				})
			}
			t.Run("metrics", func(t *testing.T) { wantMetrics(t, envoy) })
		})
	}
}

func load(t *testing.T) []*scenario.Scenario {
	t.Helper()
	all, err := scenario.Load("scenarios")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// listeners gives each scenario a listener, and all of them one environment:
// they share a VM.
func listeners(t *testing.T, version string, all []*scenario.Scenario) harness.Config {
	t.Helper()
	c := harness.Config{Version: version, Env: map[string]string{}}
	var answers []scenario.Answer
	for _, s := range all {
		others := answers
		for _, a := range s.Service {
			if slices.ContainsFunc(others, func(b scenario.Answer) bool { return b.Target == a.Target && b.Method == a.Method }) {
				t.Fatalf("%s: the service answers %s %s in another scenario too; give it a path of its own", s.Name, a.Method, a.Target)
			}
			answers = append(answers, a)
		}
		for name, value := range s.Env {
			if other, taken := c.Env[name]; taken && other != value {
				t.Fatalf("%s: the variable %s has another value in another scenario; give it a name of its own", s.Name, name)
			}
		}
		maps.Copy(c.Env, s.Env)
		c.Listeners = append(c.Listeners, harness.Listener{Name: s.Name, Policy: s.PolicyAt(time.Now())})
	}
	c.Service = harness.NewService(t, answers)
	return c
}
