package limits_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/limits"
)

func TestAStoreThatFailsDenies(t *testing.T) {
	fail := func(call string, nth int, err error) func(string, string) error {
		return func(c, _ string) error {
			if c == call {
				if nth--; nth <= 0 {
					return err
				}
			}
			return nil
		}
	}
	tests := []struct {
		name   string
		before func(string, string) error
	}{
		{"get", fail(guardtest.Get, 1, errStore)},
		{"set", fail(guardtest.Set, 1, errStore)},
		{"the second limit's get", fail(guardtest.Get, 2, errStore)},
		{"the second limit's set", fail(guardtest.Set, 2, errStore)},
		{"a mismatch for ever", fail(guardtest.Set, 1, guard.ErrCASMismatch)},
		{"the address", fail(guardtest.Address, 1, errStore)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"a": bucket(9, 1, "client"), "b": bucket(9, 1, "ip")}, "a", "b")
			b.world.Before = tt.before
			r := b.wants(guard.LimitUnavailable)
			if len(r.Response) != 0 || r.Limit.Name != "" && response(t, r, "ratelimit") != "" {
				t.Errorf("it recorded %v", r.Response)
			}
		})
	}
	t.Run("a refund", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"a": bucket(9, 1, "client"), "b": bucket(1, 1, "ip")}, "a", "b")
		b.wants(guard.Allowed)
		b.world.Before = fail(guardtest.Set, 2, errStore)
		b.wants(guard.LimitUnavailable)
	})
	t.Run("an address that is none", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"a": bucket(9, 1, "ip")}, "a")
		b.world.Addr = netip.Addr{}
		b.wants(guard.LimitUnavailable)
	})
	t.Run("what was charged is given back", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"a": bucket(9, 1, "client"), "b": bucket(9, 1, "ip")}, "a", "b")
		b.world.Before = func(call, key string) error {
			if strings.Contains(key, "/b/") {
				return errStore
			}
			return nil
		}
		b.wants(guard.LimitUnavailable)
		if got := snapshot(b.world.Shared); got != "" {
			t.Errorf("%q is left", got)
		}
	})
	t.Run("63 mismatches pass, then the write counts", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"a": bucket(1, 1, "client")}, "a")
		n := 0
		b.world.Before = func(call, _ string) error {
			if call == guardtest.Set {
				if n++; n < 64 {
					return guard.ErrCASMismatch
				}
			}
			return nil
		}
		b.wants(guard.Allowed)
		b.wants(guard.RateLimited)
	})
}

func TestAValueThatIsNoPageStartsOver(t *testing.T) {
	for _, value := range []string{"x", strings.Repeat("y", 17), strings.Repeat("z", 1<<16)} {
		t.Run(fmt.Sprintf("%d bytes", len(value)), func(t *testing.T) {
			b := set(t, map[string]document.Limit{"a": bucket(3, 1, "client")}, "a")
			b.admits()
			b.world.Shared.Put(b.world.Shared.Keys()[0], []byte(value))
			if n := b.admits(); n != 3 {
				t.Errorf("admits %d, want a burst and no more", n)
			}
			if page, _ := b.world.Shared.Value(b.world.Shared.Keys()[0]); len(page) != 16 {
				t.Errorf("the page has %d bytes, want one slot", len(page))
			}
		})
	}
	t.Run("slots that nobody wrote fade", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"a": bucket(3, 1, "client")}, "a")
		b.wants(guard.Allowed)
		key := b.world.Shared.Keys()[0]
		b.world.Shared.Put(key, []byte(strings.Repeat("\xff", 512*16)))
		b.wants(guard.Allowed)
		b.now += 24 * 3600e9
		b.wants(guard.Allowed)
		if value, _ := b.world.Shared.Value(key); len(value) != 16 {
			t.Errorf("%d bytes are left", len(value))
		}
	})
}

func TestSeed(t *testing.T) {
	random := func(fill byte) func([]byte) error {
		return func(b []byte) error {
			for i := range b {
				b[i] = fill
			}
			return nil
		}
	}
	seedOf := func(fill byte) [16]byte {
		return [16]byte([]byte(strings.Repeat(string(rune(fill)), 16)))
	}
	seed := func(t *testing.T, w *guardtest.World, fill byte) [16]byte {
		t.Helper()
		s, err := limits.Seed(w, random(fill))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("the first draws it, the others take it", func(t *testing.T) {
		w := guardtest.New("192.0.2.1")
		if seed(t, w, 'a') != seedOf('a') || seed(t, w, 'b') != seedOf('a') {
			t.Error("two workers have two seeds")
		}
	})
	t.Run("two at once", func(t *testing.T) {
		w := guardtest.New("192.0.2.1")
		w.Before = func(call, _ string) error {
			if call == guardtest.Set {
				w.Before = nil
				w.Shared.Put(limits.SeedKey, []byte(strings.Repeat("o", 16)))
			}
			return nil
		}
		if seed(t, w, 'a') != seedOf('o') {
			t.Error("the second overwrote the first")
		}
	})
	t.Run("a value that is none is replaced", func(t *testing.T) {
		for _, value := range []string{"", "short", strings.Repeat("x", 17)} {
			w := guardtest.New("192.0.2.1")
			w.Shared.Put(limits.SeedKey, []byte(value))
			if seed(t, w, 'a') != seedOf('a') || seed(t, w, 'b') != seedOf('a') {
				t.Errorf("%q stayed", value)
			}
		}
	})
	t.Run("errors", func(t *testing.T) {
		w := guardtest.New("192.0.2.1")
		if _, err := limits.Seed(w, func([]byte) error { return errStore }); !errors.Is(err, errStore) {
			t.Errorf("no randomness gives %v", err)
		}
		for _, failing := range []string{guardtest.Get, guardtest.Set} {
			w.Before = func(call, _ string) error {
				if call == failing {
					return errStore
				}
				return nil
			}
			if _, err := limits.Seed(w, random('a')); !errors.Is(err, errStore) {
				t.Errorf("%s failing gives %v", failing, err)
			}
		}
		w.Before = func(call, _ string) error {
			if call == guardtest.Set {
				return guard.ErrCASMismatch
			}
			return nil
		}
		if _, err := limits.Seed(w, random('a')); err == nil {
			t.Error("a mismatch for ever gives no error")
		}
	})
}

// The key space is fixed, others' traffic denies nobody, and the heavy client
// among them stays limited.
func TestAHundredThousandClients(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": bucket(5, 0.001, "client")}, "l")
	b.world.Calls = nil
	for range 5 {
		b.wants(guard.Allowed, client("heavy"))
	}
	for i := range 100_000 {
		b.wants(guard.Allowed, client(fmt.Sprintf("client-%d", i)))
		if i%1000 == 0 {
			b.wants(guard.RateLimited, client("heavy"))
		}
	}
	if n := len(b.world.Shared.Keys()); n > limits.Pages {
		t.Errorf("%d keys", n)
	}
	b.wants(guard.RateLimited, client("heavy"))
}

// A million clients overflow every page of 512, whatever counts them.
func TestAMillionClients(t *testing.T) {
	for name, c := range map[string]struct {
		limit  document.Limit
		reason guard.Reason
		slot   int // bytes
	}{
		"bucket": {bucket(5, 0.001, "client"), guard.RateLimited, 16},
		"window": {window(5, time.Hour, "client"), guard.RateLimited, 24},
		"quota":  {quota(5, "month", "client"), guard.QuotaExceeded, 24},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := set(t, map[string]document.Limit{"l": c.limit}, "l")
			b.world.Calls = nil
			for range 5 {
				b.wants(guard.Allowed, client("heavy"))
			}
			for i := range 1_000_000 {
				b.wants(guard.Allowed, client(fmt.Sprintf("client-%d", i)))
			}
			b.wants(c.reason, client("heavy"))
			if keys, bytes := len(b.world.Shared.Keys()), b.world.Shared.Bytes(); keys > limits.Pages || bytes > limits.Pages*(limits.Slots*c.slot+64) {
				t.Errorf("%d keys, %d bytes", keys, bytes)
			}
		})
	}
}
