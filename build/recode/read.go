package recode

import (
	"fmt"

	"sallyport.dev/sallyport/build/wasm/section"
)

// never are the functions of the runtime that do not return to who called them: one panics, the others go on at the
// beginning of the function, with a larger stack.
var never = map[string]bool{"runtime.sigpanic": true, "runtime.morestack": true, "runtime.morestack_noctxt": true}

// functionNames is the part of the section of names that names functions.
const functionNames = 1

// read finds what the functions are written with.
func read(sections []section.Section) (*module, error) {
	m := &module{panics: map[uint64]bool{}}
	for _, s := range sections {
		r := &reader{b: s.Content}
		switch s.ID {
		case section.Type:
			m.types = r.unsigned()
		case section.Import:
			m.readImports(r)
		case section.Code:
			for range r.unsigned() {
				m.bodies = append(m.bodies, r.sized())
			}
		case section.Custom:
			if isNames(s.Content) {
				m.readNames(r)
			}
		}
		if r.bad {
			return nil, fmt.Errorf("%w: section %d is damaged", ErrModule, s.ID)
		}
	}
	if len(m.panics) != len(never) {
		return nil, fmt.Errorf("%w: %d of %d functions of the runtime are named", ErrModule, len(m.panics), len(never))
	}
	return m, nil
}

// readImports counts the imported functions. The linker imports nothing else.
func (m *module) readImports(r *reader) {
	for range r.unsigned() {
		r.sized()
		r.sized()
		if kind := r.byte(); kind != 0 {
			r.bad = true
			return
		}
		r.unsigned()
		m.imported++
	}
}

func isNames(custom []byte) bool {
	name, _, ok := section.Sized(custom)
	return ok && string(name) == "name"
}

// readNames finds the functions that never return.
func (m *module) readNames(r *reader) {
	r.sized()
	for len(r.b) > r.at && !r.bad {
		kind, part := r.byte(), &reader{b: r.sized()}
		if kind != functionNames {
			continue
		}
		for range part.unsigned() {
			index := part.unsigned()
			if never[string(part.sized())] {
				m.panics[index] = true
			}
			if part.bad {
				r.bad = true
				return
			}
		}
	}
}

// reader reads what stands in a section. After a fault it is bad, and reads zeros.
type reader struct {
	b   []byte
	at  int
	bad bool
}

func (r *reader) byte() byte {
	if r.at >= len(r.b) {
		r.bad = true
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

// unsigned reads an integer in LEB128 (WebAssembly Core Specification section 5.2.2).
func (r *reader) unsigned() (n uint64) {
	for shift := 0; shift < 64; shift += 7 {
		c := r.byte()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	r.bad = true
	return 0
}

func (r *reader) signed() (n int64) {
	for shift := 0; shift < 70; shift += 7 {
		c := r.byte()
		n |= int64(c&0x7f) << shift
		if c >= 0x80 {
			continue
		}
		if shift+7 < 64 && c&0x40 != 0 {
			n |= -1 << (shift + 7)
		}
		return n
	}
	r.bad = true
	return 0
}

// skip reads n bytes that say nothing.
func (r *reader) skip(n int) {
	for range n {
		r.byte()
	}
}

func (r *reader) sized() []byte {
	content, _, ok := section.Sized(r.b[min(r.at, len(r.b)):])
	if !ok {
		r.bad = true
		return nil
	}
	r.unsigned()
	r.at += len(content)
	return content
}

// appendSigned appends an integer in signed LEB128.
func appendSigned(b []byte, n int64) []byte {
	for {
		c := byte(n & 0x7f)
		n >>= 7
		if n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}
