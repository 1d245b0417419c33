package recode

import "encoding/binary"

// most is the size in bytes up to which loads and stores are less code than a guarded copy.
const most = 64

// moves has small values of a known size copied and cleared by loads and stores. The compiler asks for such copies only
// where source and target are the same or apart (ssa.OpMove).
func (f *function) moves() (edits []edit) {
	for at := range f.code {
		if !f.has(at, opPrefixed) || !f.has(at-1, opI32Const) {
			continue
		}
		size := f.code[at-1].value
		if size <= 0 || size > most {
			continue
		}
		switch f.code[at].value {
		case prefixedCopy:
			edits = append(edits, edit{f.code[at-1].at, f.code[at].end, f.copies(int(size))})
		case prefixedFill:
			if f.is(at-2, opI32Const, 0) {
				edits = append(edits, edit{f.code[at-2].at, f.code[at].end, f.zeros(int(size))})
			}
		}
	}
	if len(edits) > 0 {
		edits = append(edits, f.declare()...)
	}
	return edits
}

// access is how a part of a value is moved.
type access struct{ size, load, store, align byte }

var accesses = []access{{8, opI64Load, opI64Store, 3}, {4, opI32Load, opI32Store, 2}, {2, 0x2f, 0x3b, 1}, {1, 0x2d, 0x3a, 0}}

// parts calls visit with each part of a value, and where it stands.
func parts(size int, visit func(a access, offset uint64)) {
	offset := 0
	for _, a := range accesses {
		for ; size-offset >= int(a.size); offset += int(a.size) {
			visit(a, uint64(offset))
		}
	}
}

// The two locals that declare adds.
func (f *function) source() uint64 { return parameters + f.locals }
func (f *function) target() uint64 { return parameters + f.locals + 1 }

// copies copies from the address on top of the stack to the one below.
func (f *function) copies(size int) []byte {
	b := binary.AppendUvarint([]byte{opLocalSet}, f.source())
	b = binary.AppendUvarint(append(b, opLocalSet), f.target())
	parts(size, func(a access, offset uint64) {
		b = binary.AppendUvarint(append(b, opLocalGet), f.target())
		b = binary.AppendUvarint(append(b, opLocalGet), f.source())
		b = binary.AppendUvarint(append(b, a.load, a.align), offset)
		b = binary.AppendUvarint(append(b, a.store, a.align), offset)
	})
	return b
}

// zeros clears from the address on top of the stack on.
func (f *function) zeros(size int) []byte {
	b := binary.AppendUvarint([]byte{opLocalSet}, f.target())
	parts(size, func(a access, offset uint64) {
		zero := byte(opI32Const)
		if a.size == 8 {
			zero = opI64Const
		}
		b = binary.AppendUvarint(append(b, opLocalGet), f.target())
		b = binary.AppendUvarint(append(b, zero, 0, a.store, a.align), offset)
	})
	return b
}
