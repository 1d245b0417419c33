package guard

import "unsafe"

// scratchKept is the largest buffer, in bytes, that is kept for the next stream.
const scratchKept = 16 << 10

// Scratch is memory for strings that live as long as one stream, so that an
// allowed request allocates nothing. Its use:
//
//	b := r.Scratch.Free()
//	b = append(b, "…"...)
//	value := r.Scratch.Keep(b)
type Scratch struct{ buf []byte }

// Free returns an empty slice to append to. Until Keep, a second Free returns
// the same memory.
func (s *Scratch) Free() []byte { return s.buf[len(s.buf):] }

// Keep returns what was appended to the slice of Free as a string. It is valid
// until Reset.
func (s *Scratch) Keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if n := len(s.buf); cap(s.buf)-n >= len(b) && unsafe.SliceData(s.buf[n:cap(s.buf)]) == unsafe.SliceData(b) {
		s.buf = s.buf[:n+len(b)]
	} else {
		s.buf = b // append moved it; strings kept before hold the old array
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
