// Package recode writes the functions of a linked module anew: they do what they did, by less machine code.
//
// Between two callbacks a proxy runs a megabyte of other code, so the module's code is never in the caches when it
// is called. What a request costs is how much code it touches, and how many jumps of it cannot be foreseen. The
// compiler writes three things at length (cmd/internal/obj/wasm and cmd/compile/internal/wasm):
//
//   - A function is a switch over the places where it can be resumed, in a loop. Every jump, also an ordinary one
//     forward, sets the number of its target and goes round that loop: an indirect jump that the processor has to
//     guess. See jumps.
//   - Each use of a pointer tests for nil, and holds the call of the panic; each function holds the call that grows
//     the stack. See panics.
//   - Values of more than 16 bytes are copied and cleared by memory.copy and memory.fill, which engines call out of
//     line or guard by several comparisons. See moves.
//
// Nothing is taken on trust: what does not look exactly as the toolchain writes it is left as it is where that is sound,
// and fails the build where it is not. The tests run one program before and after on the same engine.
package recode

import (
	"encoding/binary"
	"errors"
	"fmt"

	"sallyport.dev/sallyport/build/wasm/section"
)

// ErrModule is wrapped when the bytes are no module as Go's linker writes them.
var ErrModule = errors.New("the toolchain writes functions in another way; read cmd/internal/obj/wasm and mend build/recode")

// Module returns a module with its functions written anew, and without the names of its functions, which it needs: it
// must have been linked without the flag -s.
func Module(linked []byte) ([]byte, error) {
	sections, err := section.Split(linked)
	if err != nil {
		return nil, err
	}
	m, err := read(sections)
	if err != nil {
		return nil, err
	}
	for i, body := range m.bodies {
		if m.bodies[i], err = m.recoded(body); err != nil {
			return nil, fmt.Errorf("function %d: %w", m.imported+uint64(i), err)
		}
	}
	return m.join(sections), nil
}

// module is what the functions are written with.
type module struct {
	types    uint64 // how many
	imported uint64 // functions, which have the first indices
	bodies   [][]byte
	panics   map[uint64]bool // indices of the functions that never return
	helpers  []uint64        // the functions that each helper calls; see panics
}

// recoded returns a function's body written anew.
func (m *module) recoded(body []byte) ([]byte, error) {
	f, err := parse(body)
	if err != nil || !f.ordinary() {
		return body, err
	}
	jumps, err := f.jumps()
	if err != nil {
		return nil, err
	}
	return f.apply(append(append(f.moves(), f.panics(m)...), jumps...)), nil
}

// index returns the index of the i-th function of the module that is not imported.
func (m *module) index(i int) uint64 { return m.imported + uint64(i) }

// helper returns the index of the function that calls another for a program counter.
func (m *module) helper(calls uint64) uint64 {
	for i, h := range m.helpers {
		if h == calls {
			return m.index(len(m.bodies) + i)
		}
	}
	m.helpers = append(m.helpers, calls)
	return m.index(len(m.bodies) + len(m.helpers) - 1)
}

// join puts the functions, and those that were added, in their places.
func (m *module) join(sections []section.Section) []byte {
	var list []section.Section
	for _, s := range sections {
		switch s.ID {
		case section.Custom:
			if isNames(s.Content) {
				continue
			}
		case section.Type:
			s.Content = appended(s.Content, [][]byte{helperType})
		case section.Function:
			var types [][]byte
			for range m.helpers {
				types = append(types, binary.AppendUvarint(nil, m.types))
			}
			s.Content = appended(s.Content, types)
		case section.Code:
			s.Content = binary.AppendUvarint(nil, uint64(len(m.bodies)+len(m.helpers)))
			for _, body := range m.bodies {
				s.Content = section.AppendSized(s.Content, body)
			}
			for _, h := range m.helpers {
				s.Content = section.AppendSized(s.Content, helperBody(h))
			}
		}
		list = append(list, s)
	}
	return section.Join(list)
}

// appended returns a vector with more elements.
func appended(vector []byte, elements [][]byte) []byte {
	n, used := binary.Uvarint(vector)
	b := append(binary.AppendUvarint(nil, n+uint64(len(elements))), vector[used:]...)
	for _, e := range elements {
		b = append(b, e...)
	}
	return b
}
