package fetched

import (
	"bytes"
	"encoding/binary"

	"sallyport.dev/sallyport/policy/guard"
)

// A document in shared data:
//
//	1 byte   format, 1
//	16 bytes print of the addresses
//	8 bytes  generation, big-endian
//	the document
const (
	documentFormat = 1
	documentHead   = 1 + printSize + 8
)

// changesMost bounds the attempts to change the state while other workers do.
const changesMost = 8

// read returns the state, and its token for SetShared. Where shared data does
// not answer it is what this worker saw last, and shared is false: it goes on
// by itself.
func (c *Copy) read(w guard.World) (s state, cas uint32, shared bool) {
	value, cas, err := w.GetShared(c.lease)
	switch err {
	case nil:
		s.decode(value, c.print)
	case guard.ErrNotFound:
		cas = guard.CASCreate
	default:
		return c.state, 0, false
	}
	if c.alone { // what this worker did is not in it
		own := c.state
		own.generation, own.at = s.generation, s.at
		s = own
	}
	return s, cas, true
}

// change lets edit change the state, and tells whether it did. edit may be asked
// several times, with what others have written meanwhile.
func (c *Copy) change(r *guard.Request, edit func(*state) bool) bool {
	for range changesMost {
		s, cas, shared := c.read(r.World)
		if !edit(&s) {
			return false
		}
		var err error
		if shared {
			c.buf = s.encode(c.buf[:0], c.print)
			err = r.World.SetShared(c.lease, c.buf, cas)
		}
		if err != guard.ErrCASMismatch {
			c.state, c.alone = s, err != nil
			return true
		}
	}
	return false
}

// notice takes a state that was read, and the document that it tells of.
func (c *Copy) notice(w guard.World, s state) {
	c.state = s
	if s.generation != c.seen {
		c.adopt(w, &s)
	}
	if c.held != 0 && s.generation == c.held {
		c.at = s.at // another worker was told that it is still the same
	}
}

// adopt takes a document from shared data, once: one that is of no use is not
// parsed again.
func (c *Copy) adopt(w guard.World, s *state) {
	value, _, err := w.GetShared(c.key)
	if err != nil && err != guard.ErrNotFound {
		return // asked again in a second
	}
	c.seen = s.generation
	body, generation, ok := c.unwrap(value)
	if !ok || generation == c.held {
		return
	}
	body = bytes.Clone(body)
	if v := c.parse(body); v != nil {
		c.set(v, body)
		c.held, c.at = generation, s.at
		w.Count(c.source.events.adopted)
	}
}

// wrap returns a document as it stands in shared data.
func (c *Copy) wrap(generation int64, body []byte) []byte {
	b := make([]byte, 0, documentHead+len(body))
	b = append(append(b, documentFormat), c.print[:]...)
	return append(binary.BigEndian.AppendUint64(b, uint64(generation)), body...)
}

// unwrap returns a document of shared data. ok is false for one of other
// addresses, and for what is none.
func (c *Copy) unwrap(b []byte) (body []byte, generation int64, ok bool) {
	if len(b) < documentHead || b[0] != documentFormat || len(b) > documentHead+c.source.MaxBody {
		return nil, 0, false
	}
	generation = int64(binary.BigEndian.Uint64(b[1+printSize:]))
	if generation <= 0 || generation > lastGeneration {
		return nil, 0, false
	}
	return b[documentHead:], generation, print(b[1:1+printSize]) == c.print
}

// slot is the document that stands in shared data beside one that was fetched.
type slot struct {
	cas        uint32
	generation int64
	same       bool // it is the very one
	shared     bool // shared data answers
}

// stored compares a document with that of shared data.
func (c *Copy) stored(w guard.World, body []byte) slot {
	value, cas, err := w.GetShared(c.key)
	switch err {
	case nil:
		old, generation, ok := c.unwrap(value)
		return slot{cas, generation, ok && bytes.Equal(old, body), true}
	case guard.ErrNotFound:
		return slot{cas: guard.CASCreate, shared: true}
	}
	return slot{}
}

// publish gives a document to all workers, unless one of them has published
// another since the flight began. First comes the document and then the state:
// whoever reads the state finds the document.
func (c *Copy) publish(r *guard.Request, f *flight, old slot, body []byte) {
	generation := int64(0)
	if s, _, _ := c.read(r.World); old.shared && s.generation == f.generation {
		generation = c.store(r, s.generation, old, body)
	}
	if generation != 0 {
		c.held, c.seen = generation, generation
	}
	c.change(r, func(s *state) bool {
		f.release(s)
		s.failures, s.failed = 0, 0
		if generation != 0 && generation >= s.generation {
			s.generation, s.at = generation, f.sent
		}
		return true
	})
}

// store writes a document to shared data and returns its generation; 0: another
// worker was faster, or shared data does not answer. A generation is greater
// than all before, also after shared data was lost or spoilt: it begins with
// the time.
func (c *Copy) store(r *guard.Request, announced int64, old slot, body []byte) int64 {
	if old.same && old.generation >= announced {
		return old.generation
	}
	generation := max(announced, old.generation, r.Now-1) + 1
	if err := r.World.SetShared(c.key, c.wrap(generation, body), old.cas); err != nil {
		return 0
	}
	return generation
}
