package jose

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// libraryDecode is decode by encoding/base64, which passes over line breaks.
func libraryDecode(part string) ([]byte, bool) {
	out, err := base64.RawURLEncoding.Strict().DecodeString(part)
	return out, err == nil && !strings.ContainsAny(part, "\r\n")
}

func sameDecode(t *testing.T, part string) {
	t.Helper()
	got, ok := decode(part)
	want, wanted := libraryDecode(part)
	if ok != wanted || ok && !bytes.Equal(got, want) {
		t.Fatalf("%q: %x, %t; want %x, %t", part, got, ok, want, wanted)
	}
}

// TestDecode tries every byte at each place of parts of each length, and every two
// at their ends.
func TestDecode(t *testing.T) {
	for size := range 14 {
		part := []byte(strings.Repeat("QA-_aZ09", 2)[:size])
		sameDecode(t, string(part))
		for at := range part {
			before := part[at]
			for b := range 256 {
				part[at] = byte(b)
				sameDecode(t, string(part))
			}
			part[at] = before
		}
		if size < 2 {
			continue
		}
		for ends := range 1 << 16 {
			part[size-2], part[size-1] = byte(ends>>8), byte(ends)
			sameDecode(t, string(part))
		}
	}
}

// FuzzDecode holds decode against encoding/base64.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "A", "AA", "AB", "AAA", "AAB", "AAAA", "AAAA=", "AA==", "A\nAA", "AAAA\r\n", "AAA+", "AA A", "-_-_-_", "\xff\xff\xff\xff", strings.Repeat("-", 87)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, part string) { sameDecode(t, part) })
}
