package apikey

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"sallyport.dev/sallyport/policy/guard"
)

// Register gives every key of the policy a counter of the requests that it was
// accepted for, and every client that can be warned one of those with a key
// that ends soon.
func (i *Identity) Register(m *guard.Metrics) {
	if i.directory != nil {
		i.directory.register(m)
	}
	for n := range i.keys {
		i.register(&i.keys[n], m)
	}
	if i.slow == nil {
		return
	}
	for _, start := range slices.Sorted(maps.Keys(i.slow.byStart)) {
		for _, k := range i.slow.byStart[start] {
			i.register(&k.key, m)
		}
	}
}

func (i *Identity) register(k *key, m *guard.Metrics) {
	who := "identity." + label(i.name) + ".client." + label(k.client.caller.Client)
	k.metric = m.Counter("sallyport.keys." + who + ".key." + label(k.id))
	if k.expiry != nil && k.client.expiring == 0 {
		k.client.expiring = m.Counter("sallyport.keys_expiring." + who)
	}
}

// labelDigits is how many hexadecimal digits tell apart what guard.Label makes
// the same, and labelRoom what is left of 64 bytes for the text before them.
const (
	labelDigits = 8
	labelRoom   = 64 - 1 - labelDigits
)

// label is a label's value that no other text has. With "2026.a" and "2026_a"
// under one counter, an old key would seem to be in use because the new one is.
// The digits come from the text alone, so that a series goes on whoever else is
// added to the policy.
func label(text string) string {
	if l := guard.Label(text); l == text {
		return l
	}
	sum := sha256.Sum256([]byte(text))
	return guard.Label(text[:min(len(text), labelRoom)]) + "-" + hex.EncodeToString(sum[:])[:labelDigits]
}
