package limits

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/stores"
)

// attempts bounds how often a compare-and-swap is tried again. Each failure
// means that another worker succeeded in the meantime.
const attempts = 64

// SeedKey is the key of shared data that holds the seed of all workers.
const SeedKey = "sallyport/seed"

const seedSize = 16

var (
	errContended = errors.New("limits: other workers changed the page at every attempt")
	errNoAddress = errors.New("limits: the client's address is not known")
)

// Seed returns the secret that decides which bucket stands where. All workers
// of a proxy get the same: the first draws it with random, which fills the
// slice. It is as short-lived as shared data itself, and so are the buckets.
func Seed(sd guard.SharedData, random func([]byte) error) (seed [seedSize]byte, err error) {
	for range attempts {
		value, cas, err := read(sd, SeedKey)
		if err != nil {
			return seed, fmt.Errorf("limits: reading the seed: %w", err)
		}
		if len(value) == seedSize {
			return [seedSize]byte(value), nil
		}
		// Missing, or not written by us. The latter is replaced, because keys
		// are never deleted: refusing it would be for ever.
		if err := random(seed[:]); err != nil {
			return seed, fmt.Errorf("limits: drawing the seed: %w", err)
		}
		if err = sd.SetShared(SeedKey, seed[:], cas); !errors.Is(err, guard.ErrCASMismatch) {
			return seed, err
		}
	}
	return seed, errContended
}

// Store is what an instance of the policy needs to count: where the buckets
// stand, and memory to work in. It belongs to one worker and one configuration.
// Several Checks may be under way, one of which works while others wait.
type Store struct {
	seed   [2]uint64
	prefix string

	remote     *stores.State
	everywhere bool // keys are made that are the same in every proxy

	page []byte // the page that is written; nobody waits while it is
	free *check
	idle int // checks in the free list
}

// NewStore returns the Store of an instance. namespace parts configurations
// that share a proxy's data and must not share buckets. A policy without stores
// needs no Connect.
func NewStore(seed [seedSize]byte, namespace string) *Store {
	return &Store{
		seed:   [2]uint64{binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:])},
		prefix: "sallyport/" + namespace + "/limit/",
		page:   make([]byte, 0, maxPage),
	}
}

// Connect gives the Store what this worker knows of the policy's stores.
func (st *Store) Connect(remote *stores.State) *Store {
	st.remote = remote
	return st
}

// pageKey names a page.
func (st *Store) pageKey(s *guard.Scratch, limit string, y layout, page uint64) string {
	b := append(append(s.Free(), st.prefix...), limit...)
	b = append(append(append(b, '/'), y.name...), '/')
	return s.Keep(strconv.AppendUint(b, page, 10))
}

// take charges, unless the counter holds too little. A refusal writes nothing,
// but for a counter whose time was impossible: what it is from now on is stored
// once, or nobody would ever see it refill.
func (st *Store) take(sd guard.SharedData, c *charge) (taken bool, err error) {
	y := c.counter.base().layout
	for range attempts {
		page, cas, err := readPage(sd, c.key, y)
		if err != nil {
			return false, err
		}
		c.level, taken = c.counter.charge(c.now, y.find(page, c.tag), c.tokens)
		if !taken && !c.level.capped {
			return false, nil
		}
		if err = st.write(sd, c, c.level, page, cas); !errors.Is(err, guard.ErrCASMismatch) {
			return taken && err == nil, err
		}
	}
	return false, errContended
}

// give returns tokens of a charge: exactly so many, whatever others did to the
// counter since. It tells what the counter is then.
func (st *Store) give(sd guard.SharedData, c *charge, tokens int64) (state, error) {
	y := c.counter.base().layout
	for range attempts {
		page, cas, err := readPage(sd, c.key, y)
		if err != nil {
			return state{}, err
		}
		s := y.find(page, c.tag)
		l, ok := c.counter.refund(c.now, s, c.level, tokens)
		if !ok {
			return s, nil
		}
		if err = st.write(sd, c, l, page, cas); !errors.Is(err, guard.ErrCASMismatch) {
			return c.counter.state(l), err
		}
	}
	return state{}, errContended
}

// drain charges tokens, or as many of them as are there.
func (st *Store) drain(sd guard.SharedData, c *charge, tokens int64) error {
	y := c.counter.base().layout
	for range attempts {
		page, cas, err := readPage(sd, c.key, y)
		if err != nil {
			return err
		}
		s := y.find(page, c.tag)
		c.level, _ = c.counter.charge(c.now, s, 0)
		most := min(tokens, c.counter.remaining(c.level))
		l, taken := c.counter.charge(c.now, s, most)
		if most == 0 || !taken {
			return nil
		}
		c.level = l
		if err = st.write(sd, c, l, page, cas); !errors.Is(err, guard.ErrCASMismatch) {
			return err
		}
	}
	return errContended
}

func (st *Store) write(sd guard.SharedData, c *charge, l level, page []byte, cas uint32) error {
	e := edit{counter: c.counter, tag: c.tag, state: c.counter.state(l), now: c.now, latest: c.latest}
	return sd.SetShared(c.key, rewrite(st.page, page, e), cas)
}

// readPage reads a page; one that is missing is empty. A value that cannot be a
// page was written by something else in the proxy. It counts as empty and is
// overwritten: its clients get one burst more than they should, while refusing
// it would deny them for ever, since keys are never deleted.
func readPage(sd guard.SharedData, key string, y layout) (page []byte, cas uint32, err error) {
	page, cas, err = read(sd, key)
	if err != nil || y.sound(page) {
		return page, cas, err
	}
	return nil, cas, nil
}

// read reads a key; one that is missing has no value and the token to create it.
func read(sd guard.SharedData, key string) (value []byte, cas uint32, err error) {
	value, cas, err = sd.GetShared(key)
	if errors.Is(err, guard.ErrNotFound) {
		return nil, guard.CASCreate, nil
	}
	return value, cas, err
}
