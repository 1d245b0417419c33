package replay

import (
	"maps"
	"testing"

	"pgregory.net/rapid"
)

func pageOf(slots ...[2]uint64) (page []byte) {
	for _, s := range slots {
		page = appendSlot(page, s[0], s[1])
	}
	return page
}

const longest = uint64(1000)

func marking(page []byte, tag, until, now uint64) ([]byte, Outcome) {
	return mark(make([]byte, 0, pageSize+slotSize), page, tag, until, times{now, now + longest})
}

func TestMark(t *testing.T) {
	for _, c := range []struct {
		name string
		page []byte
		tag  uint64
		want []byte
		out  Outcome
	}{
		{"the first", nil, 1, pageOf([2]uint64{1, 50}), Marked},
		{"another", pageOf([2]uint64{2, 20}), 1, pageOf([2]uint64{2, 20}, [2]uint64{1, 50}), Marked},
		{"again", pageOf([2]uint64{2, 20}, [2]uint64{1, 20}), 1, nil, Replayed},
		{"again, too old", pageOf([2]uint64{1, 10}), 1, pageOf([2]uint64{1, 50}), Marked},
		{"again, at the last moment", pageOf([2]uint64{1, 11}), 1, nil, Replayed},
		{"old ones of others go", pageOf([2]uint64{2, 10}, [2]uint64{3, 11}), 1, pageOf([2]uint64{3, 11}, [2]uint64{1, 50}), Marked},
		{"a tag of 0 is a tag", pageOf([2]uint64{0, 20}), 0, nil, Replayed},
		{"an impossible time is cut", pageOf([2]uint64{2, ^uint64(0)}), 1, pageOf([2]uint64{2, 10 + longest}, [2]uint64{1, 50}), Marked},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, out := marking(c.page, c.tag, 50, 10)
			if out != c.out || string(got) != string(c.want) {
				t.Errorf("%d %x, want %d %x", out, got, c.out, c.want)
			}
		})
	}
}

// TestAFullPage refuses, forgets nobody, and has room again when marks are old.
func TestAFullPage(t *testing.T) {
	var page []byte
	for i := range uint64(Slots) {
		var out Outcome
		if page, out = marking(page, 100+i, 100+i, 10); out != Marked {
			t.Fatalf("mark %d: %d", i, out)
		}
	}
	if got, out := marking(page, 1, 50, 10); out != Full || got != nil {
		t.Fatalf("one too many: %d", out)
	}
	for i := range uint64(Slots) {
		if _, out := marking(page, 100+i, 50, 10); out != Replayed {
			t.Fatalf("mark %d was forgotten: %d", i, out)
		}
	}
	if got, out := marking(page, 1, 200, 100); out != Marked || len(got) != pageSize {
		t.Errorf("when one is old: %d, %d bytes", out, len(got))
	}
}

// TestAPageIsASet: a page and a plain map are the same, and a page never outgrows
// its bound. It begins nearly full as often as empty.
func TestAPageIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, now := map[uint64]uint64{}, uint64(1000)
		var page []byte
		for i := range uint64(rapid.SampledFrom([]int{0, 100, Slots - 10, Slots}).Draw(t, "before")) {
			want[i] = now + 1 + i%50
			page = appendSlot(page, i, want[i])
		}
		for range rapid.IntRange(1, 60).Draw(t, "proofs") {
			now += rapid.Uint64Range(0, 2).Draw(t, "step")
			maps.DeleteFunc(want, func(_, ends uint64) bool { return ends <= now })
			tag, until := rapid.Uint64Range(0, 2*Slots).Draw(t, "tag"), now+rapid.Uint64Range(1, 100).Draw(t, "ahead")
			_, again := want[tag]
			next, out := marking(page, tag, until, now)
			switch {
			case again && out == Replayed, !again && len(want) == Slots && out == Full:
				continue
			case again || len(want) == Slots || out != Marked:
				t.Fatalf("outcome %d, with %d marks, again %t", out, len(want), again)
			}
			want[tag], page = until, next
			if !soundPage(page) || len(page) != len(want)*slotSize {
				t.Fatalf("%d bytes for %d marks", len(page), len(want))
			}
		}
	})
}

func TestSoundPage(t *testing.T) {
	for size, want := range map[int]bool{0: true, 1: false, 15: false, 16: true, pageSize: true, pageSize + 1: false, pageSize + slotSize: false} {
		if soundPage(make([]byte, size)) != want {
			t.Errorf("%d bytes: want %t", size, want)
		}
	}
}

// TestUnmark takes one mark out and leaves the others as they are.
func TestUnmark(t *testing.T) {
	page := pageOf([2]uint64{1, 10}, [2]uint64{2, 20}, [2]uint64{3, 30})
	for tag, want := range map[uint64][]byte{1: page[slotSize:], 2: pageOf([2]uint64{1, 10}, [2]uint64{3, 30}), 3: page[:2*slotSize]} {
		if got, found := unmark(nil, page, tag); !found || string(got) != string(want) {
			t.Errorf("%d: %t %x, want %x", tag, found, got, want)
		}
	}
	if got, found := unmark(nil, page, 4); found || string(got) != string(page) {
		t.Errorf("one that is not there: %t %x", found, got)
	}
}
