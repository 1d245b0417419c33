package document

import (
	"fmt"
	"regexp"
	"testing"
)

func TestParseOffset(t *testing.T) {
	for text, want := range map[string]int{
		"+00:00": 0, "+02:00": 120, "+05:45": 345, "-03:30": -210, "-00:30": -30, "+14:00": 840, "-12:00": -720, "+13:59": 839,
	} {
		if got, ok := ParseOffset(text); !ok || got != want {
			t.Errorf("%s is %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "Z", "UTC", "00:00", "-00:00", "+2:00", "+02", "+0200", "+02:0", "+02:60", "+14:01", "-12:01", "+99:00", "+02:00 ", " 02:00",
		"+02.00", "+0a:00", "+02:00:00", "−02:00", "Europe/Berlin",
	} {
		if got, ok := ParseOffset(text); ok {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

// The schema's expression takes what the decoder takes, of all that look alike.
func TestThePatternOfOffsets(t *testing.T) {
	pattern := regexp.MustCompile(Forms["offset"].Pattern)
	for _, sign := range []string{"+", "-", ""} {
		for hours := range 100 {
			for minutes := range 100 {
				text := fmt.Sprintf("%s%02d:%02d", sign, hours, minutes)
				if _, ok := ParseOffset(text); ok != pattern.MatchString(text) {
					t.Errorf("%s: read %v, matches %v", text, ok, !ok)
				}
			}
		}
	}
}
