package proxywasm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestReadPairs(t *testing.T) {
	cases := map[string][][2]string{
		"none":               nil,
		"one":                {{":path", "/"}},
		"empty value":        {{"a", ""}},
		"empty name":         {{"", "a"}},
		"repeated":           {{"a", "1"}, {"a", "2"}},
		"NUL and high bytes": {{"a\x00b", "\xff\x00"}},
		"100,000 fields":     slices.Repeat([][2]string{{"a", "b"}}, 100_000),
		"100,000 bytes":      {{"a", strings.Repeat("[", 100_000)}},
	}
	for name, want := range cases {
		got, err := ReadPairs(AppendPairs(nil, want), nil)
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %d fields and error %v, want %d", name, len(got), err, len(want))
			continue
		}
		for i := range want {
			if got[i] != (Field{want[i][0], want[i][1]}) {
				t.Errorf("%s: field %d is %q, want %q", name, i, got[i], want[i])
			}
		}
	}
}

// unsound are serialised maps whose lengths say what is not there.
var unsound = map[string][]byte{
	"nothing":             nil,
	"cut count":           {1, 0, 0},
	"count without sizes": {1, 0, 0, 0},
	"huge count":          {0xff, 0xff, 0xff, 0xff},
	"huge name":           {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0},
	"huge value":          {1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0},
	"sizes that overflow": {2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	"cut text":            {1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 'a', 0},
	"trailing bytes":      {0, 0, 0, 0, 1},
}

func TestReadPairsUnsound(t *testing.T) {
	for name, b := range unsound {
		if _, err := ReadPairs(b, nil); !errors.Is(err, ErrPairs) {
			t.Errorf("%s: got %v, want ErrPairs", name, err)
		}
	}
}

func TestReadPairsAllocatesNothing(t *testing.T) {
	b := AppendPairs(nil, slices.Repeat([][2]string{{"a", "b"}}, 100))
	fields := make([]Field, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := ReadPairs(b, fields[:0]); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// FuzzReadPairs: no bytes make it panic, and what it accepts it writes again
// as it was, but for the separators, which nobody reads.
func FuzzReadPairs(f *testing.F) {
	for _, b := range unsound {
		f.Add(b)
	}
	f.Add(AppendPairs(nil, [][2]string{{":path", "/a?b"}, {"x-api-key", "k"}, {"x-api-key", ""}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		fields, err := ReadPairs(b, nil)
		if err != nil {
			return
		}
		var pairs [][2]string
		for _, p := range fields {
			pairs = append(pairs, [2]string{p.Name, p.Value})
		}
		again := AppendPairs(nil, pairs)
		if sizes := 4 + 8*len(pairs); len(again) != len(b) || !bytes.Equal(again[:sizes], b[:sizes]) || int(binary.LittleEndian.Uint32(b)) != len(pairs) {
			t.Errorf("%x was read as %q and written as %x", b, fields, again)
		}
	})
}
