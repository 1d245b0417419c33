package limits

import (
	"net/netip"
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

// The family stands before the bits: 4 bytes of one address and 16 of another
// could begin alike, and what follows them is for others to choose.
func TestTheFamilyOfAnAddressIsHashed(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1":           "\x04\xc0\x00\x02\x01",
		"c000:201:db8::1":     "\x06\xc0\x00\x02\x01\x0d\xb8\x00\x00" + strings.Repeat("\x00", 8),
		"c000:201:db8::1%eth": "\x06\xc0\x00\x02\x01\x0d\xb8\x00\x00" + strings.Repeat("\x00", 8),
	} {
		if key := appendNetwork(nil, netip.MustParseAddr(address), prefix{wholeV4, wholeV6}); string(key) != want {
			t.Errorf("%s is hashed as %x, want %x", address, key, want)
		}
	}
}
