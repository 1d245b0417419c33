package scenario

import (
	"context"
	"errors"
	"fmt"
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
	begun := now(r)
	at, err := s.at(begun)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	for _, step := range steps {
		if step, err = step.with(at); err != nil {
			t.Fatalf("%s.txt:%d: %v", s.Name, step.Line, err)
		}
		if step, err = s.protect(step, begun); err != nil {
			t.Fatalf("%s.txt:%d: %v", s.Name, step.Line, err)
		}
		t.Run(step.Name, func(t *testing.T) { s.run(t, step, r) })
	}
}

func (s *Scenario) run(t *testing.T, step Step, r Runner) {
	t.Helper()
	for n := range step.Repeat {
		got, err := step.ask(t.Context(), r)
		if err != nil {
			t.Fatalf("%s.txt:%d: request %d: %v", s.Name, step.Line, n+1, err)
		}
		if err := Check(s, step, got); err != nil {
			t.Fatalf("%s.txt:%d: request %d:\n%v", s.Name, step.Line, n+1, err)
		}
	}
}

// ask asks the request of a step once, beside those that are in flight.
func (step Step) ask(ctx context.Context, r Runner) (got Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for range step.Beside {
		release, failed := r.Hold(ctx, step.Request)
		if failed != nil {
			return got, fmt.Errorf("a request beside it: %w", failed)
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	return r.Do(ctx, step.Request, step.Upstream)
}
