package limits

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
)

// slotSize and pageSize are those of buckets, which these pages hold.
const (
	slotSize = 16
	pageSize = Slots * slotSize
)

func appendSlot(page []byte, tag, tat uint64) []byte {
	return bucketLayout.append(page, tag, state{until: tat})
}

func find(page []byte, tag uint64) (tat uint64) { return bucketLayout.find(page, tag).until }

func soundPage(page []byte) bool { return bucketLayout.sound(page) }

func pageOf(slots ...[2]uint64) (page []byte) {
	for _, s := range slots {
		page = appendSlot(page, s[0], s[1])
	}
	return page
}

func rewritten(page []byte, e edit) []byte {
	if e.latest == 0 {
		e.latest = ^uint64(0)
	}
	e.counter = newBucket(document.TokenBucket{Capacity: 1, RefillPerSecond: 1}, nil)
	return rewrite(make([]byte, 0, maxPage), page, e)
}

func TestRewrite(t *testing.T) {
	tests := []struct {
		name string
		page []byte
		edit edit
		want []byte
	}{
		{"the first slot", nil, edit{tag: 1, state: state{until: 20}, now: 10}, pageOf([2]uint64{1, 20})},
		{"a slot of its own is replaced", pageOf([2]uint64{2, 15}, [2]uint64{1, 20}), edit{tag: 1, state: state{until: 30}, now: 10}, pageOf([2]uint64{1, 30}, [2]uint64{2, 15})},
		{"a full bucket leaves no slot", pageOf([2]uint64{1, 20}), edit{tag: 1, state: state{until: 10}, now: 10}, nil},
		{"full buckets of others go", pageOf([2]uint64{2, 10}, [2]uint64{3, 11}), edit{tag: 1, state: state{until: 12}, now: 10}, pageOf([2]uint64{1, 12}, [2]uint64{3, 11})},
		{"a tag of 0 is a tag", pageOf([2]uint64{0, 20}), edit{tag: 0, state: state{until: 30}, now: 10}, pageOf([2]uint64{0, 30})},
		{"an impossible time is cut", pageOf([2]uint64{2, ^uint64(0)}), edit{tag: 1, state: state{until: 20}, now: 10, latest: 100}, pageOf([2]uint64{1, 20}, [2]uint64{2, 100})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := rewritten(tt.page, tt.edit); string(got) != string(tt.want) {
				t.Errorf("got %x, want %x", got, tt.want)
			}
		})
	}
}

// full returns a page of Slots buckets with the tags and TATs 100, 101, … in
// random order.
func full(t *testing.T) []byte {
	t.Helper()
	var page []byte
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(Slots) {
		page = appendSlot(page, uint64(100+i), uint64(100+i))
	}
	if len(page) != pageSize || !soundPage(page) {
		t.Fatal("the page is not full")
	}
	return page
}

func TestAFullPageForgetsWhoeverIsClosestToFull(t *testing.T) {
	page := full(t)
	for i := range uint64(Slots) {
		page = rewritten(page, edit{tag: 10_000 + i, state: state{until: 100_000 + i}, now: 10})
		if len(page) != pageSize {
			t.Fatalf("the page has %d slots", len(page)/slotSize)
		}
		if find(page, 100+i) != 0 {
			t.Fatalf("after %d newcomers the lightest is still there", i+1)
		}
		if i+1 < Slots && find(page, 101+i) == 0 {
			t.Fatalf("after %d newcomers a heavier one is gone", i+1)
		}
	}
}

func TestAFullPageCountsTheLightestNewcomer(t *testing.T) {
	page := rewritten(full(t), edit{tag: 1, state: state{until: 50}, now: 10})
	if find(page, 1) != 50 || find(page, 100) != 0 || find(page, 101) != 101 {
		t.Error("the newcomer must stand, in the place of the lightest of the others")
	}
}

func TestAFullPageKeepsAllWhenOneOfThemIsCharged(t *testing.T) {
	page := rewritten(full(t), edit{tag: 300, state: state{until: 9000}, now: 10})
	for tag := uint64(100); tag < 100+Slots; tag++ {
		if want := map[bool]uint64{true: 9000, false: tag}[tag == 300]; find(page, tag) != want {
			t.Fatalf("the slot of %d is %d", tag, find(page, tag))
		}
	}
}

// Of windows and quotas the one that has taken least makes room, whenever it
// ends.
func TestAFullPageForgetsWhoTookLeast(t *testing.T) {
	w := newWindow(document.SlidingWindow{Limit: 10_000, Window: 60 * second})
	q := newQuota(document.Quota{Limit: 10_000, Per: "day"}, 0)
	for _, n := range []counter{w, q} {
		y := n.base().layout
		var page []byte
		for i := range uint64(Slots) {
			l, _ := n.charge(start, state{}, int64(100+(i*7)%Slots))
			page = y.append(page, 100+(i*7)%Slots, n.state(l))
		}
		for i := range uint64(Slots) {
			l, _ := n.charge(start, state{}, int64(5000+i))
			page = rewrite(make([]byte, 0, maxPage), page, edit{counter: n, tag: 10_000 + i, state: n.state(l), now: start, latest: ^uint64(0)})
			if !y.sound(page) || len(page) != y.pageSize() {
				t.Fatalf("%s: the page has %d bytes", y.name, len(page))
			}
			if y.find(page, 100+i) != (state{}) || i+1 < Slots && y.find(page, 101+i) == (state{}) {
				t.Fatalf("%s: after %d newcomers the wrong one is gone", y.name, i+1)
			}
		}
	}
}

func TestFreeSlotsAreUsedAgain(t *testing.T) {
	page := full(t)
	page = rewritten(page, edit{tag: 1, state: state{until: 1000}, now: 100 + Slots - 1}) // all others are full now
	if string(page) != string(pageOf([2]uint64{1, 1000})) {
		t.Errorf("%d slots are left", len(page)/slotSize)
	}
}

// A page and a plain map are the same, as long as nobody is forgotten.
func TestAPageIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, now := map[uint64]uint64{}, uint64(1000)
		var page []byte
		for range rapid.IntRange(1, 100).Draw(t, "edits") {
			now += rapid.Uint64Range(0, 20).Draw(t, "step")
			e := edit{tag: rapid.Uint64Range(0, 40).Draw(t, "tag"), state: state{until: now + rapid.Uint64Range(0, 200).Draw(t, "ahead")}, now: now}
			page = rewritten(page, e)
			want[e.tag] = e.state.until
			slots := 0
			for tag, tat := range want {
				if tat <= now {
					tat = 0
					delete(want, tag)
				} else {
					slots++
				}
				if got := find(page, tag); got != tat {
					t.Fatalf("the slot of %d is %d, want %d", tag, got, tat)
				}
			}
			if len(page) != slots*slotSize {
				t.Fatalf("%d bytes for %d slots", len(page), slots)
			}
		}
	})
}

func TestSoundPage(t *testing.T) {
	for size, want := range map[int]bool{0: true, 1: false, 15: false, 16: true, 17: false, pageSize: true, pageSize + 1: false, pageSize + slotSize: false} {
		if soundPage(make([]byte, size)) != want {
			t.Errorf("%d bytes: want %v", size, want)
		}
	}
}
