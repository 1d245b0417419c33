package proxywasm

// arenaSize holds the header pairs of a request at Envoy's default bound
// (60 KiB) and what a few properties and shared-data pages need beside them.
const arenaSize = 128 << 10

// Arena is the memory that the host writes its answers into. It is reset when
// a callback begins, so an ordinary request allocates nothing for them; what
// does not fit is taken from the heap.
type Arena struct {
	buf  [arenaSize]byte
	used int
	last []byte // keeps an allocation alive until the host's answer is read

	pieceFrom, pieceTo int // where the last piece of a body stands
}

// Allocate returns size bytes. A size of zero returns one byte, since the host
// may ask for an empty answer and must get an address.
func (a *Arena) Allocate(size uint32) *byte {
	n := int(max(size, 1))
	if n > arenaSize-a.used {
		a.last = make([]byte, n)
		return &a.last[0]
	}
	p := &a.buf[a.used]
	a.used += (n + 7) &^ 7
	if a.used > arenaSize {
		a.used = arenaSize
	}
	return p
}

// Reset gives the memory to the next callback.
func (a *Arena) Reset() {
	a.used, a.pieceFrom, a.pieceTo = 0, 0, 0
	if a.last != nil { // it rarely is, and to write a pointer is more work than to look
		a.last = nil
	}
}

// BeginPiece gives back the last piece of a body, unless something else was
// allocated behind it, and begins another.
func (a *Arena) BeginPiece() {
	if a.used == a.pieceTo {
		a.used = a.pieceFrom
	}
	a.pieceFrom = a.used
}

// EndPiece ends what BeginPiece began.
func (a *Arena) EndPiece() { a.pieceTo = a.used }
