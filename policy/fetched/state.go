package fetched

import "encoding/binary"

// state is what all workers know of a document. It stands in shared data apart
// from the document, so that looking at it once a second costs nothing.
//
//	1 byte   format, 1
//	16 bytes print of the addresses
//	6 times 8 bytes, big-endian: the fields in their order
type state struct {
	generation int64 // of the document in shared data; grows with each; 0: none
	at         int64 // when the server was asked that last gave it
	taken      int64 // when the worker that asks now began to; 0: none does
	renewed    int64 // when it was last asked out of turn
	failed     int64 // when it last failed
	failures   int64 // in a row
}

const (
	stateFormat = 1
	// lastGeneration is far beyond what the time makes; past it they would wrap.
	lastGeneration = 1 << 62
	stateSize      = 1 + printSize + 6*8
)

func (s *state) fields() [6]*int64 {
	return [...]*int64{&s.generation, &s.at, &s.taken, &s.renewed, &s.failed, &s.failures}
}

// encode appends the state.
func (s *state) encode(b []byte, p print) []byte {
	b = append(append(b, stateFormat), p[:]...)
	for _, field := range s.fields() {
		b = binary.BigEndian.AppendUint64(b, uint64(*field))
	}
	return b
}

// decode reads a state. Of one that belongs to other addresses it takes the
// generation alone, so that the next is another; one that cannot be read is
// none. ok is false for both.
func (s *state) decode(b []byte, p print) (ok bool) {
	*s = state{}
	if len(b) != stateSize || b[0] != stateFormat {
		return false
	}
	var read state
	for i, field := range read.fields() {
		if *field = int64(binary.BigEndian.Uint64(b[1+printSize+8*i:])); *field < 0 {
			return false
		}
	}
	if read.generation > lastGeneration {
		return false
	}
	if print(b[1:1+printSize]) != p {
		s.generation = read.generation
		return false
	}
	*s = read
	return true
}
