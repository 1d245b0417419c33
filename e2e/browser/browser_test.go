package browser

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
)

// TestBrowser shows one Envoy after the other to a browser, and to MDN's HTTP Observatory.
func TestBrowser(t *testing.T) {
	with := find(t)
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, with, version)
			t.Run("steps", s.steps)
			t.Run("steps without", s.without)
			t.Run("grades", s.grades)
		})
	}
}

// steps has a browser go through the steps.
func (s *stage) steps(t *testing.T) {
	got := s.drive(t, true)
	for _, want := range steps {
		if g := got[want.name]; g != want.outcome() {
			t.Errorf("%s:\n got %+v\nwant %+v", want.name, g, want.outcome())
		}
	}
}

// without does so where Sallyport is not in front: then something else must come of them, or they show nothing.
func (s *stage) without(t *testing.T) {
	got := s.drive(t, false)
	for _, want := range steps {
		if g := got[want.name]; (g == want.outcome()) != want.without {
			t.Errorf("%s: with Sallyport and without: %+v", want.name, g)
		}
	}
}

// outcome is what comes of a step.
type outcome struct{ saw, arrives string }

func (s step) outcome() outcome { return outcome{s.saw, s.arrives} }

// drive has a browser go through all steps, each once.
func (s *stage) drive(t *testing.T, behind bool) map[string]outcome {
	t.Helper()
	lines := run[struct{ Step, Saw, Failed string }](t, s.with, "drive.mjs",
		map[string]any{"executable": s.with.chromium, "pin": s.authority.Pin, "hosts": s.hosts(behind)})
	got, arrived := map[string]outcome{}, s.site.arrivals()
	for _, line := range lines {
		if line.Failed != "" {
			t.Errorf("%s: %s", line.Step, line.Failed)
		}
		if _, twice := got[line.Step]; twice {
			t.Errorf("%s stands twice in the script", line.Step)
		}
		got[line.Step] = outcome{line.Saw, strings.Join(arrived[line.Step], ", ")}
	}
	for _, want := range steps {
		if _, done := got[want.name]; !done {
			t.Errorf("%s is not in the script", want.name)
		}
	}
	if len(got) != len(steps) {
		t.Errorf("the script has %d steps, the table %d", len(got), len(steps))
	}
	return got
}
