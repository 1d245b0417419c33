package guard

import (
	"strings"
	"testing"
)

func keep(s *Scratch, text string) string { return s.Keep(append(s.Free(), text...)) }

// TestScratchKeeps: what was kept stays as it is, however much comes after it.
func TestScratchKeeps(t *testing.T) {
	var s Scratch
	var kept, want []string
	for i := range 200 {
		text := strings.Repeat(string(rune('a'+i%26)), i*7%1500)
		kept, want = append(kept, keep(&s, text)), append(want, text)
	}
	for i := range want {
		if kept[i] != want[i] {
			t.Fatalf("string %d is %q, want %q", i, kept[i], want[i])
		}
	}
}

// TestScratchSettles: a stream like the last one allocates nothing.
func TestScratchSettles(t *testing.T) {
	var s Scratch
	texts := []string{"a", strings.Repeat("b", 700), "", strings.Repeat("c", 3000), "d"}
	stream := func() {
		s.Reset()
		for _, text := range texts {
			keep(&s, text)
		}
	}
	for range 5 {
		stream()
	}
	if n := testing.AllocsPerRun(100, stream); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	s.Reset()
	keep(&s, strings.Repeat("e", 2*scratchKept))
	if s.Reset(); cap(s.buf) > scratchKept {
		t.Errorf("%d bytes are kept for the next stream, want %d at most", cap(s.buf), scratchKept)
	}
}
