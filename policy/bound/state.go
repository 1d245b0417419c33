package bound

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

var errContended = errors.New("bound: other workers changed the page at every attempt")

// State is what one worker needs to know proofs again. It is not safe for use by
// several goroutines at once.
type State struct {
	secret [16]byte
	seed   [2]uint64
	prefix string
	page   []byte // the page that is written
	key    []byte
}

// NewState returns the State of an instance of a policy. seed is the same in all
// workers of one proxy, and a secret. namespace parts policies that share a
// proxy's data.
func NewState(seed [16]byte, namespace string) *State {
	return &State{
		secret: seed,
		seed:   [2]uint64{binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:])},
		prefix: "sallyport/" + namespace + "/proof/1/",
		page:   make([]byte, 0, pageSize+slotSize),
	}
}

// use marks the proof of a key with this jti as used, until a time. A jti is the
// key's own: two clients may choose the same (RFC 9449 section 4.2).
//
// SipHash with a secret seed: nobody can choose proofs that meet in one page, or
// in one mark.
func (st *State) use(r *guard.Request, thumbprint *[32]byte, jti string, until int64) (outcome, error) {
	st.key = append(append(st.key[:0], thumbprint[:]...), jti...)
	page, tag := siphash.Hash128(st.seed[0], st.seed[1], st.key)
	b := append(r.Scratch.Free(), st.prefix...)
	key := r.Scratch.Keep(strconv.AppendUint(b, page%Pages, 10))
	for range attempts {
		old, cas, err := r.World.GetShared(key)
		if errors.Is(err, guard.ErrNotFound) {
			old, cas, err = nil, guard.CASCreate, nil
		}
		if err != nil {
			return full, fmt.Errorf("bound: reading used proofs: %w", err)
		}
		if !soundPage(old) { // never written by us; refusing it would be for ever
			old = nil
		}
		next, out := mark(st.page[:0], old, tag, uint64(until), uint64(r.Now))
		if out != marked {
			return out, nil
		}
		if err = r.World.SetShared(key, next, cas); !errors.Is(err, guard.ErrCASMismatch) {
			return out, err
		}
	}
	return full, errContended
}
