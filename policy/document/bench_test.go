package document

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// manyKeys writes a policy with that many clients, each with one key.
func manyKeys(clients int) []byte {
	var b strings.Builder
	b.WriteString(`{"version": 1, "identities": {"partners": {"api_key": {"clients": [`)
	for i := range clients {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"id": "client-%d", "scopes": ["orders:read"], "keys": [{"id": "k%d", "sha256": "%064x"}]}`, i, i, i)
	}
	b.WriteString(`]}}}, "routes": [{"name": "all", "path": "/**", "identities": ["partners"]}]}`)
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	json := manyKeys(10_000)
	b.SetBytes(int64(len(json)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(json); err != nil {
			b.Fatal(err)
		}
	}
}

// What is not kept is garbage: the module's heap must stay small while a
// policy is replaced. A client keeps six objects (three strings of its own, a
// scope, two lists), so allocations tell more than bytes do.
func TestParseAllocatesLittleMoreThanItReturns(t *testing.T) {
	const clients = 10_000
	json := manyKeys(clients)
	allocations := testing.AllocsPerRun(3, func() {
		if _, err := Parse(json); err != nil {
			t.Fatal(err)
		}
	})
	if perClient := allocations / clients; perClient > 7 {
		t.Errorf("Parse allocated %.1f times for each client, want 7 at most", perClient)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Parse(json); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if bytes := (after.TotalAlloc - before.TotalAlloc) / clients; bytes > 400 {
		t.Errorf("Parse allocated %d bytes for each client, want 400 at most", bytes)
	}
}
