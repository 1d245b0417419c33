package scenario

import (
	"testing"
	"time"
)

func TestPolicyAt(t *testing.T) {
	s := &Scenario{Policy: []byte(`["{time -3600}", "{time 0}", "{time +60}", "{time}"]`)}
	const want = `["2026-01-31T11:00:00Z", "2026-01-31T12:00:00Z", "2026-01-31T12:01:00Z", "{time}"]`
	if got := string(s.PolicyAt(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
