package main

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name         string
		size, budget int
		report       string
		over         string
	}{
		{"under", 1_000_000, 2_000_000, "1.00 MB of 2.00 MB, 0.00 MB gzip", ""},
		{"exactly", 2_000_000, 2_000_000, "2.00 MB of 2.00 MB, 0.00 MB gzip", ""},
		{"over", 2_000_001, 2_000_000, "2.00 MB of 2.00 MB, 0.00 MB gzip", "the module is 1 B over its budget"},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := check(make([]byte, c.size), c.budget)
			if report != c.report {
				t.Errorf("got %q, want %q", report, c.report)
			}
			if (err != nil) != (c.over != "") || err != nil && !strings.Contains(err.Error(), c.over) {
				t.Errorf("got error %v, want %q", err, c.over)
			}
		})
	}
}
