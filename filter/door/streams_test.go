package door

import (
	"testing"

	"pgregory.net/rapid"
)

// TestStreams compares the table with a map.
func TestStreams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table streams
		want := map[uint32]*stream{}
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			// few places, and numbers that share one
			id := rapid.Uint32Range(0, 3).Draw(t, "place") + near*rapid.Uint32Range(0, 3).Draw(t, "lap")
			if s := want[id]; s != nil && rapid.Bool().Draw(t, "remove") {
				table.remove(s)
				delete(want, id)
			} else if s == nil {
				want[id] = &stream{id: id}
				table.put(want[id])
			}
			for id := range uint32(4 * near) {
				if id%near < 4 && table.find(id) != want[id] {
					t.Fatalf("stream %d: found %p, want %p", id, table.find(id), want[id])
				}
			}
		}
	})
}
