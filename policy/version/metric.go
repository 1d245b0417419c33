package version

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"sallyport.dev/sallyport/policy/guard"
)

// Callers are those who may call a route, as far as the policy names them: by
// identity, and in it the clients that are listed.
type Callers map[string][]string

// counters are who still calls: the clients that the policy lists each by
// itself, the others by their identity.
type counters struct {
	anonymous  guard.Metric
	other      guard.Metric // known in a way that has no identity: by a signature
	identities map[string]*identity
}

type identity struct {
	others  guard.Metric // whom it does not list
	clients map[string]guard.Metric
}

// of returns the counter of a caller.
func (c *counters) of(who *guard.Caller) guard.Metric {
	if who.Identity == "" {
		return c.anonymous
	}
	id := c.identities[who.Identity]
	if id == nil {
		return c.other
	}
	if m := id.clients[who.Client]; m != 0 {
		return m
	}
	return id.others
}

// register gives a route its counters. Clients of one name in several
// identities share one: it is the name that is asked about.
func register(route string, callers Callers, m *guard.Metrics) counters {
	at := "sallyport.version.route." + route
	c := counters{anonymous: m.Counter(at + ".caller.anonymous"), other: m.Counter(at + ".caller.other"), identities: map[string]*identity{}}
	byName := map[string]guard.Metric{}
	for _, name := range slices.Sorted(maps.Keys(callers)) {
		id := &identity{others: m.Counter(at + ".identity." + label(name)), clients: map[string]guard.Metric{}}
		c.identities[name] = id
		for _, client := range callers[name] {
			if byName[client] == 0 {
				byName[client] = m.Counter(at + ".client." + label(client))
			}
			id.clients[client] = byName[client]
		}
	}
	return c
}

// labelDigits is how many hexadecimal digits tell apart what guard.Label makes
// the same, and labelRoom what is left of 64 bytes for the text before them.
const (
	labelDigits = 8
	labelRoom   = 64 - 1 - labelDigits
)

// label is a label's value that no other text has, as package apikey makes it:
// a client is the same in all counters.
func label(text string) string {
	if l := guard.Label(text); l == text {
		return l
	}
	sum := sha256.Sum256([]byte(text))
	return guard.Label(text[:min(len(text), labelRoom)]) + "-" + hex.EncodeToString(sum[:])[:labelDigits]
}
