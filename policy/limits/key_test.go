package limits

import (
	"strings"
	"testing"
)

func TestAKeyIsBoundedWhateverTheClientSends(t *testing.T) {
	st := NewStore([16]byte{}, "test")
	for size, want := range map[int]int{0: 1, 1: 2, longest: longest + 1, longest + 1: 17, 60_000: 17} {
		if key := st.appendValue(nil, strings.Repeat("x", size)); len(key) != want {
			t.Errorf("%d bytes take %d of the key, want %d", size, len(key), want)
		}
	}
}
