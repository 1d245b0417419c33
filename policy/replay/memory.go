package replay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/dchest/siphash"

	"sallyport.dev/sallyport/policy/guard"
)

// attempts bounds how often a compare-and-swap is tried again. Each failure
// means that another worker succeeded in the meantime.
const attempts = 64

var errContended = errors.New("replay: other workers changed the page at every attempt")

// Memory is what one worker needs to know again what was used before. It is not
// safe for use by several goroutines at once.
type Memory struct {
	seed    [2]uint64
	prefix  string
	longest int64
	page    []byte // the page that is written
}

// New returns a Memory of marks under keys that begin with a prefix. seed is the
// same in all workers of one proxy, and a secret. longest is how far ahead, in
// nanoseconds, the end of a mark can be.
func New(seed [16]byte, prefix string, longest int64) *Memory {
	return &Memory{
		seed:    [2]uint64{binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:])},
		prefix:  prefix,
		longest: longest,
		page:    make([]byte, 0, pageSize+slotSize),
	}
}

// Mark marks a thing as used, until a time. With an error the outcome is a
// refusal.
func (m *Memory) Mark(r *guard.Request, thing []byte, until int64) (Outcome, error) {
	key, tag := m.place(r, thing)
	for range attempts {
		old, cas, err := m.read(r, key)
		if err != nil {
			return Full, err
		}
		next, out := mark(m.page[:0], old, tag, uint64(until), times{uint64(r.Now), uint64(r.Now + m.longest)})
		if out != Marked {
			return out, nil
		}
		if err = r.World.SetShared(key, next, cas); err == nil {
			return Marked, nil
		} else if !errors.Is(err, guard.ErrCASMismatch) {
			return Full, fmt.Errorf("replay: writing marks: %w", err)
		}
	}
	return Full, errContended
}

// Unmark takes the mark of a thing back, so that it may be used again.
func (m *Memory) Unmark(r *guard.Request, thing []byte) error {
	key, tag := m.place(r, thing)
	for range attempts {
		old, cas, err := m.read(r, key)
		if err != nil {
			return err
		}
		next, found := unmark(m.page[:0], old, tag)
		if !found {
			return nil
		}
		if err = r.World.SetShared(key, next, cas); err == nil {
			return nil
		} else if !errors.Is(err, guard.ErrCASMismatch) {
			return fmt.Errorf("replay: writing marks: %w", err)
		}
	}
	return errContended
}

// place returns the key of a thing's page and the tag of its mark.
//
// SipHash with a secret seed: nobody can choose things that meet in one page, or
// in one mark.
func (m *Memory) place(r *guard.Request, thing []byte) (key string, tag uint64) {
	page, tag := siphash.Hash128(m.seed[0], m.seed[1], thing)
	b := append(r.Scratch.Free(), m.prefix...)
	return r.Scratch.Keep(strconv.AppendUint(b, page%Pages, 10)), tag
}

// read returns a page; an empty one where there is none, or where something else
// stands, which was never written by us: refusing it would be for ever.
func (m *Memory) read(r *guard.Request, key string) (page []byte, cas uint32, err error) {
	page, cas, err = r.World.GetShared(key)
	switch {
	case errors.Is(err, guard.ErrNotFound):
		return nil, guard.CASCreate, nil
	case err != nil:
		return nil, 0, fmt.Errorf("replay: reading marks: %w", err)
	case !soundPage(page):
		return nil, cas, nil
	}
	return page, cas, nil
}
