package scenario

import (
	"context"
	"testing"
	"time"
)

// patience is how long one request may take.
const patience = 30 * time.Second

// Run asks every step of s that is for host, in order, each as a subtest, and
// checks what happened.
func Run(t *testing.T, host Host, s *Scenario, r Runner) {
	t.Helper()
	steps := s.For(host)
	if len(steps) == 0 {
		t.Fatalf("%s: no step for %s", s.Name, host)
	}
	for _, step := range steps {
		t.Run(step.Name, func(t *testing.T) { s.run(t, step, r) })
	}
}

func (s *Scenario) run(t *testing.T, step Step, r Runner) {
	t.Helper()
	for n := range step.Repeat {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		got, err := r.Do(ctx, step.Request, step.Upstream)
		cancel()
		if err != nil {
			t.Fatalf("%s.txt:%d: request %d: %v", s.Name, step.Line, n+1, err)
		}
		if err := Check(s, step, got); err != nil {
			t.Fatalf("%s.txt:%d: request %d:\n%v", s.Name, step.Line, n+1, err)
		}
	}
}
