package guardtest

import (
	"slices"
	"strings"
	"sync"

	"sallyport.dev/sallyport/policy/guard"
)

// Shared is shared data with Envoy's rules: one counter gives every write its
// token, 0 writes unconditionally, a token that is not the key's is a
// mismatch, and any token creates a key that is missing. Nothing is deleted.
type Shared struct {
	mu      sync.Mutex
	entries map[string]*entry
	last    uint32
}

type entry struct {
	value []byte
	cas   uint32
}

// NewShared returns empty shared data.
func NewShared() *Shared { return &Shared{entries: map[string]*entry{}} }

// Keys returns all keys, sorted.
func (s *Shared) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]string, 0, len(s.entries))
	for key := range s.entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Bytes returns the length of all keys and values together.
func (s *Shared) Bytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := 0
	for key, e := range s.entries {
		sum += len(key) + len(e.value)
	}
	return sum
}

// Put writes a value unconditionally, as another plugin of the same proxy could.
func (s *Shared) Put(key string, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(key, value)
}

// Value returns a copy of a key's value and whether the key is there.
func (s *Shared) Value(key string) ([]byte, bool) {
	value, _, err := s.get(nil, key)
	return value, err == nil
}

// get appends the value to buf, so that a caller can use its memory again.
func (s *Shared) get(buf []byte, key string) ([]byte, uint32, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[key]
	if e == nil {
		return nil, 0, guard.ErrNotFound
	}
	return append(buf, e.value...), e.cas, nil
}

func (s *Shared) set(key string, value []byte, cas uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[key]; e != nil && cas != 0 && cas != e.cas {
		return guard.ErrCASMismatch
	}
	s.write(key, value)
	return nil
}

// write copies key and value: the caller's memory is used again.
func (s *Shared) write(key string, value []byte) {
	if s.last++; s.last == 0 {
		s.last++ // 0 means "unconditional"
	}
	e := s.entries[key]
	if e == nil {
		e = &entry{}
		s.entries[strings.Clone(key)] = e
	}
	e.value, e.cas = append(e.value[:0], value...), s.last
}
