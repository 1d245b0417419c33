package guardtest_test

import (
	"errors"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

func TestSharedDataHasEnvoysRules(t *testing.T) {
	w := guardtest.New("192.0.2.1")
	if _, _, err := w.GetShared("k"); !errors.Is(err, guard.ErrNotFound) {
		t.Fatalf("a missing key gives %v", err)
	}
	steps := []struct {
		name string
		cas  func(current uint32) uint32
		want error
	}{
		{"any token creates", func(uint32) uint32 { return guard.CASCreate }, nil},
		{"a second creation is a mismatch", func(uint32) uint32 { return guard.CASCreate }, guard.ErrCASMismatch},
		{"the key's token writes", func(c uint32) uint32 { return c }, nil},
		{"a stale token is a mismatch", func(c uint32) uint32 { return c - 1 }, guard.ErrCASMismatch},
		{"0 writes unconditionally", func(uint32) uint32 { return 0 }, nil},
	}
	var current uint32
	for _, s := range steps {
		if err := w.SetShared("k", []byte("v"), s.cas(current)); !errors.Is(err, s.want) {
			t.Errorf("%s: got %v", s.name, err)
		}
		var err error
		if _, current, err = w.GetShared("k"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAValueIsSpoiltByTheNextCall(t *testing.T) {
	w := guardtest.New("192.0.2.1")
	w.Shared.Put("k", []byte("value"))
	value, cas, err := w.GetShared("k")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetShared("k", value, cas); err != nil {
		t.Fatal(err)
	}
	if string(value) == "value" {
		t.Error("the value outlived the next call")
	}
	if kept, _ := w.Shared.Value("k"); string(kept) != "value" {
		t.Errorf("setting what get returned stored %q", kept)
	}
}
