package guard

import "unsafe"

// scratchKept is the largest buffer, in bytes, that is kept for the next stream.
const scratchKept = 16 << 10

// scratchRoom is the room, in bytes, that Free offers at least.
const scratchRoom = 512

// Scratch is memory for strings that live as long as one stream, so that an
// allowed request allocates nothing. Its use:
//
//	b := r.Scratch.Free()
//	b = append(b, "…"...)
//	value := r.Scratch.Keep(b)
type Scratch struct{ buf []byte }

// Free returns an empty slice to append to, with room for most values. Until
// Keep, a second Free returns the same memory.
func (s *Scratch) Free() []byte {
	if cap(s.buf)-len(s.buf) < scratchRoom {
		s.buf = make([]byte, 0, max(2*scratchRoom, 2*cap(s.buf))) // strings kept before hold the old array
	}
	return s.buf[len(s.buf):]
}

// Keep returns what was appended to the slice of Free as a string. It is valid
// until Reset.
func (s *Scratch) Keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if n := len(s.buf); cap(s.buf)-n >= len(b) && unsafe.SliceData(s.buf[n:cap(s.buf)]) == unsafe.SliceData(b) {
		s.buf = s.buf[:n+len(b)]
	} else if cap(b) > cap(s.buf) {
		s.buf = b // append moved it to a larger array: the next stream starts with that
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Reset gives the memory to the next stream.
func (s *Scratch) Reset() {
	if cap(s.buf) > scratchKept {
		s.buf = nil
	}
	s.buf = s.buf[:0]
}
