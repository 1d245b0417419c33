package hygiene

import "sallyport.dev/sallyport/policy/guard"

// The pseudo-headers of a request: :method, :scheme, :authority and :path.
const (
	pseudoFields = 4
	pseudoNames  = len(":method") + len(":scheme") + len(":authority") + len(":path")
)

// checkFields goes through all header fields once. It records the removal of
// inbound copies of own headers in any case, and returns what is wrong first.
func (g *Guard) checkFields(r *guard.Request) guard.Reason {
	total := pseudoNames + len(r.Method) + len(r.Scheme) + len(r.Authority) + len(r.Target)
	reason := guard.Allowed
	for i := range r.Headers {
		h := &r.Headers[i]
		size := len(h.Name) + len(h.Value)
		total += size
		hash, ordinary := scanField(h)
		if ordinary && size <= g.maxField && !g.watched.mayHave(hash) {
			continue
		}
		if found := g.judgeField(r, h); reason == guard.Allowed {
			reason = found
		}
	}
	switch {
	case len(r.Headers)+pseudoFields > g.maxFields:
		return guard.TooManyHeaders
	case total > g.maxFieldsSize:
		return guard.HeadersTooLarge
	}
	return reason
}

// scanField tells of nearly all fields at sight that there is nothing wrong with
// their bytes: the name is its own folded form, and the value has no controls up
// to CR. It returns the hash of such a name. It looks at eight bytes of a value at
// a time: this is the only guard that reads every byte of every header.
func scanField(h *guard.Header) (hash uint32, ordinary bool) {
	hash = hashStart
	for i := 0; i < len(h.Name); i++ {
		c := h.Name[i]
		if stands[c]&inName == 0 {
			return 0, false
		}
		hash = (hash ^ uint32(c)) * hashPrime
	}
	v := h.Value
	for ; len(v) >= 8; v = v[8:] {
		x := uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16 | uint64(v[3])<<24 |
			uint64(v[4])<<32 | uint64(v[5])<<40 | uint64(v[6])<<48 | uint64(v[7])<<56
		if anyBelow14(x) {
			return 0, false
		}
	}
	for i := 0; i < len(v); i++ {
		if v[i] < 14 {
			return 0, false
		}
	}
	return hash, h.Name != ""
}

// anyBelow14 tells whether one of eight bytes is below 14, one past CR.
func anyBelow14(x uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	return (x-14*ones)&^x&highs != 0
}

// judgeField judges any field, and records the removal of one that never goes
// upstream. A Host field beside :authority must say the same (RFC 9113 section
// 8.3.1), or the upstream may serve another host than the one that was judged.
func (g *Guard) judgeField(r *guard.Request, h *guard.Header) guard.Reason {
	if g.removes(h.Name) {
		removeOnce(&r.Upstream, h.Name)
	}
	switch {
	case len(h.Name)+len(h.Value) > g.maxField:
		return guard.HeadersTooLarge
	case !validName(h.Name) || !validValue(h.Value):
		return guard.BadHeader
	case h.Name == "host" && h.Value != r.Authority:
		return guard.BadHost
	}
	return guard.Allowed
}

// validValue refuses CR, LF and NUL (RFC 9110 section 5.5).
func validValue(v string) bool {
	for i := 0; i < len(v); i++ {
		if c := v[i]; c == '\r' || c == '\n' || c == 0 {
			return false
		}
	}
	return true
}
