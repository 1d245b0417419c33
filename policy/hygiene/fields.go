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
		if g.removes(h.Name) {
			removeOnce(&r.Upstream, h.Name)
		}
		size := len(h.Name) + len(h.Value)
		total += size
		if reason == guard.Allowed {
			reason = g.checkField(h, size, r.Authority)
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

// checkField judges one field. A Host field beside :authority must say the
// same (RFC 9113 section 8.3.1), or the upstream may serve another host than
// the one that was judged.
func (g *Guard) checkField(h *guard.Header, size int, authority string) guard.Reason {
	switch {
	case size > g.maxField:
		return guard.HeadersTooLarge
	case !validName(h.Name) || !validValue(h.Value):
		return guard.BadHeader
	case h.Name == "host" && h.Value != authority:
		return guard.BadHost
	}
	return guard.Allowed
}

// validValue refuses CR, LF and NUL (RFC 9110 section 5.5). It looks at eight
// bytes at a time: this is the only guard that reads every byte of every
// header.
func validValue(v string) bool {
	for ; len(v) >= 8; v = v[8:] {
		x := uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16 | uint64(v[3])<<24 |
			uint64(v[4])<<32 | uint64(v[5])<<40 | uint64(v[6])<<48 | uint64(v[7])<<56
		if anyBelow14(x) && !validBytes(v[:8]) {
			return false
		}
	}
	return validBytes(v)
}

// anyBelow14 tells whether one of eight bytes is below 14, one past CR.
func anyBelow14(x uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	return (x-14*ones)&^x&highs != 0
}

func validBytes(v string) bool {
	for i := 0; i < len(v); i++ {
		if c := v[i]; c == '\r' || c == '\n' || c == 0 {
			return false
		}
	}
	return true
}
