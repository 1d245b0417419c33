package replay_test

import (
	"errors"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/replay"
)

const (
	now   = int64(1_800_000_000_000_000_000)
	until = now + 1000
)

// worker has a request at the time of the test.
func worker(shared *guardtest.Shared) (*replay.Memory, *guard.Request, *guardtest.World) {
	w := guardtest.New("192.0.2.1")
	w.Shared = shared
	return replay.New([16]byte{7}, "test/", 1<<40), &guard.Request{World: w, Now: now}, w
}

// TestTakenBack: what is taken back can be marked again, by any worker, and no
// other mark goes with it.
func TestTakenBack(t *testing.T) {
	shared := guardtest.NewShared()
	one, r, _ := worker(shared)
	other, r2, _ := worker(shared)
	for i, step := range []struct {
		memory *replay.Memory
		r      *guard.Request
		thing  string
		back   bool
		want   replay.Outcome
	}{
		{one, r, "a", false, replay.Marked}, {one, r, "b", false, replay.Marked}, {other, r2, "a", false, replay.Replayed},
		{other, r2, "a", true, 0}, {other, r2, "a", true, 0}, {one, r, "b", false, replay.Replayed}, {one, r, "a", false, replay.Marked}, {one, r, "none", true, 0},
	} {
		if step.back {
			if err := step.memory.Unmark(step.r, []byte(step.thing)); err != nil {
				t.Errorf("%d: %v", i, err)
			}
			continue
		}
		if out, err := step.memory.Mark(step.r, []byte(step.thing), until); out != step.want || err != nil {
			t.Errorf("%d: %d, %v", i, out, err)
		}
	}
}

// TestSharedDataFails: a mark that cannot be made, or taken back, is an error.
func TestSharedDataFails(t *testing.T) {
	for name, c := range map[string]struct {
		call string
		err  error
	}{
		"cannot be read": {guardtest.Get, errors.New("no")}, "cannot be written": {guardtest.Set, errors.New("no")}, "changes for ever": {guardtest.Set, guard.ErrCASMismatch},
	} {
		m, r, w := worker(guardtest.NewShared())
		if out, err := m.Mark(r, []byte("a"), until); out != replay.Marked || err != nil {
			t.Fatal(out, err)
		}
		w.Before = func(call, _ string) error {
			if call == c.call {
				return c.err
			}
			return nil
		}
		if err := m.Unmark(r, []byte("a")); err == nil || !strings.HasPrefix(err.Error(), "replay: ") {
			t.Errorf("shared data that %s: taken back, %v", name, err)
		}
		if out, err := m.Mark(r, []byte("b"), until); out != replay.Full || err == nil {
			t.Errorf("shared data that %s: marked, %d %v", name, out, err)
		}
	}
}

// TestAWorkerInBetween: a mark that another makes meanwhile is not lost.
func TestAWorkerInBetween(t *testing.T) {
	shared := guardtest.NewShared()
	one, r, w := worker(shared)
	other, r2, _ := worker(shared)
	if out, err := one.Mark(r, []byte("a"), until); out != replay.Marked || err != nil {
		t.Fatal(out, err)
	}
	meanwhile := replay.Full
	w.Before = func(call, _ string) (err error) {
		if call == guardtest.Set {
			w.Before = nil
			if err = other.Unmark(r2, []byte("a")); err == nil {
				meanwhile, err = other.Mark(r2, []byte("a"), until)
			}
		}
		return err
	}
	if err := one.Unmark(r, []byte("a")); err != nil || meanwhile != replay.Marked {
		t.Fatal(err, meanwhile)
	}
	if out, err := one.Mark(r, []byte("a"), until); out != replay.Marked || err != nil {
		t.Errorf("behind the last to take it back: %d %v", out, err)
	}
}
