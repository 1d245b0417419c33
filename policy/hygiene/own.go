package hygiene

import "sallyport.dev/sallyport/policy/guard"

// Overrides returns the headers that make some frameworks and servers serve
// another method or path than those of the request: with them a client would
// be judged for GET /public and served as DELETE /admin. Inbound copies never
// go upstream, whatever the policy says.
func Overrides() []string {
	return []string{
		// the method
		"x-http-method-override", "x-http-method", "x-method-override", "x-original-method",
		// the path
		"x-original-url", "x-rewrite-url", "x-override-url", "x-original-uri", "x-forwarded-uri", "x-forwarded-path",
		"x-forwarded-prefix",
	}
}

// HostOverrides returns the headers that do the same with the host. Inbound
// copies never go upstream where a policy judges by host.
func HostOverrides() []string {
	return []string{"forwarded", "x-forwarded-host", "x-forwarded-server", "x-host", "x-original-host", "x-http-host-override", "x-backend-host", "x-proxy-host"}
}

// ownNames is a set of header names, compared folded: CGI and its heirs (WSGI,
// PHP, Rack) make X_USER, X-User and, some of them, X.User one variable
// (RFC 3875 section 4.1.18), so that a copy under another spelling would reach
// the application as ours.
//
// It is a hash table with open addressing, at most a quarter full. A header
// whose length and first byte no own name has is not even hashed.
type ownNames struct {
	slots  []string // folded names; empty: free
	mask   uint32
	starts [256]uint64 // by first byte, folded: bit n is set when a name of n bytes (63: or more) begins so
}

func newOwnNames(names []string) ownNames {
	size := uint32(4)
	for int(size) < 4*len(names) {
		size *= 2
	}
	o := ownNames{slots: make([]string, size), mask: size - 1}
	for _, name := range names {
		if name != "" && !o.has(name) {
			o.insert(Fold(name))
		}
	}
	return o
}

func (o *ownNames) insert(folded string) {
	o.starts[folded[0]] |= lengthBit(folded)
	at := hashName(folded) & o.mask
	for o.slots[at] != "" {
		at = (at + 1) & o.mask
	}
	o.slots[at] = folded
}

// has tells whether a name is one of ours.
func (o *ownNames) has(name string) bool {
	if name == "" || o.starts[foldings[name[0]]&^malformed]&lengthBit(name) == 0 {
		return false
	}
	for at := hashName(name) & o.mask; o.slots[at] != ""; at = (at + 1) & o.mask {
		if foldsTo(name, o.slots[at]) {
			return true
		}
	}
	return false
}

func lengthBit(name string) uint64 { return 1 << min(len(name), 63) }

// watched says of nearly every name in its folded form that nothing hangs on it,
// by its hash alone: one bit is set for each name that is looked at more closely,
// and names that share it are too. The zero value has no name.
type watched [64]uint64

func (w *watched) add(name string) {
	hash := hashName(name)
	w[hash>>6%64] |= 1 << (hash % 64)
}

// all takes in every name.
func (w *watched) all() {
	for i := range w {
		w[i] = 1<<64 - 1
	}
}

func (w *watched) mayHave(hash uint32) bool { return w[hash>>6%64]&(1<<(hash%64)) != 0 }

// removeOnce records the removal of a header under the name as received, which
// is the name that the host knows it by.
func removeOnce(edits *guard.Edits, name string) {
	for i := range *edits {
		if e := &(*edits)[i]; e.Op == guard.Remove && e.Name == name {
			return
		}
	}
	edits.Remove(name)
}

// malformed marks, in foldings, a byte that may not stand in a name.
const malformed = 0x80

// foldings gives each byte of a name its folded form: letters in lower case,
// digits, and '-' for every other byte.
var foldings = makeFoldings()

func makeFoldings() (t [256]byte) {
	for i := range t {
		t[i] = '-' | malformed
	}
	const others = "!#$%&'*+-.^_`|~" // tchar of RFC 9110 section 5.6.2
	for i := 0; i < len(others); i++ {
		t[others[i]] = '-'
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] = c
	}
	for c := byte('a'); c <= 'z'; c++ {
		t[c] = c
		t[c-'a'+'A'] = c | malformed // the host gives names in lower case
	}
	return t
}

// The hash of names is FNV-1a.
const (
	hashStart = 2166136261
	hashPrime = 16777619
)

// hashName returns the hash of a name, folded.
func hashName(name string) uint32 {
	hash := uint32(hashStart)
	for i := 0; i < len(name); i++ {
		hash = (hash ^ uint32(foldings[name[i]]&^malformed)) * hashPrime
	}
	return hash
}

// validName tells whether a name is a token in lower case.
func validName(name string) bool {
	var marks byte
	for i := 0; i < len(name); i++ {
		marks |= foldings[name[i]]
	}
	return name != "" && marks < malformed
}

// foldsTo tells whether the folded form of name is folded.
func foldsTo(name, folded string) bool {
	if len(name) != len(folded) {
		return false
	}
	for i := 0; i < len(name); i++ {
		if foldings[name[i]]&^malformed != folded[i] {
			return false
		}
	}
	return true
}

// Fold returns the form in which header names are compared: lower case, with
// '-' for every character that is no letter or digit.
func Fold(name string) string {
	b := make([]byte, len(name))
	for i := range b {
		b[i] = foldings[name[i]] &^ malformed
	}
	return string(b)
}

// folded returns names as they are compared.
func folded(names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, Fold(name))
	}
	return out
}

// begins tells whether a name has one of the prefixes, whatever its spelling.
func (g *Guard) begins(name string) bool {
	for _, prefix := range g.prefixes {
		if len(name) >= len(prefix) && foldsTo(name[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}
