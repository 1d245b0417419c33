package recode

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// The instructions that matter (WebAssembly Core Specification section 5.4).
const (
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opI32Load      = 0x28
	opI64Load      = 0x29
	opI32Store     = 0x36
	opI64Store     = 0x37
	opI32Const     = 0x41
	opI64Const     = 0x42
	opI32Eqz       = 0x45
	opI32Eq        = 0x46
	opI32Sub       = 0x6b
	opPrefixed     = 0xfc

	prefixedCopy = 10
	prefixedFill = 11

	typeI32   = 0x7f
	typeI64   = 0x7e
	typeFunc  = 0x60
	typeEmpty = 0x40
)

// instruction is one instruction of a function.
type instruction struct {
	opcode  byte
	value   int64 // a constant, a label, an index; of a prefixed one the opcode
	targets []int // labels of br_table, the default last
	at, end int   // where it stands in the body
}

// function is a body taken apart.
type function struct {
	body   []byte
	groups uint64 // of locals that are declared
	locals uint64 // how many they are
	start  int    // of the code
	code   []instruction
}

// The locals that a Go function has, and the one global that it shares with all: the place where it is resumed, which
// is its parameter, and the stack pointer with its copy.
const (
	localResume = 0
	localSP     = 1
	globalSP    = 0
	parameters  = 1
)

// parse takes a body apart.
func parse(body []byte) (*function, error) {
	r := &reader{b: body}
	f := &function{body: body, groups: r.unsigned()}
	for range f.groups {
		f.locals += r.unsigned()
		r.byte()
	}
	f.start = r.at
	for r.at < len(body) && !r.bad {
		i := instruction{at: r.at}
		i.opcode = r.byte()
		if !i.read(r) {
			return nil, fmt.Errorf("%w: instruction %#x", ErrModule, i.opcode)
		}
		i.end = r.at
		f.code = append(f.code, i)
	}
	if r.bad {
		return nil, fmt.Errorf("%w: a body is cut off", ErrModule)
	}
	return f, nil
}

// read reads what follows an opcode; false where it is unknown.
func (i *instruction) read(r *reader) bool {
	switch op := i.opcode; {
	case op == opBlock, op == opLoop, op == opIf:
		i.value = r.signed()
	case op == opBr, op == opBrIf, op == opCall, op >= opLocalGet && op <= opGlobalSet:
		i.value = int64(r.unsigned())
	case op == opBrTable:
		for range r.unsigned() + 1 {
			if r.bad {
				return false
			}
			i.targets = append(i.targets, int(r.unsigned()))
		}
	case op == opCallIndirect:
		r.unsigned()
		r.unsigned()
	case op >= opI32Load && op <= 0x3e: // loads and stores: alignment and offset
		r.unsigned()
		i.value = int64(r.unsigned())
	case op == 0x3f, op == 0x40: // memory.size, memory.grow
		r.byte()
	case op == opI32Const, op == opI64Const:
		i.value = r.signed()
	case op == 0x43: // f32.const
		r.skip(4)
	case op == 0x44: // f64.const
		r.skip(8)
	case op == opPrefixed:
		return i.readPrefixed(r)
	case op <= 0x01, op == 0x05, op == opEnd, op == 0x0f, op == opDrop, op == 0x1b, op >= opI32Eqz && op <= 0xc4:
		// no more: unreachable, nop, else, return, select, and arithmetic
	default:
		return false
	}
	return true
}

func (i *instruction) readPrefixed(r *reader) bool {
	i.value = int64(r.unsigned())
	switch {
	case i.value < 8: // saturating conversions
	case i.value == prefixedCopy:
		r.skip(2)
	case i.value == prefixedFill:
		r.skip(1)
	default:
		return false
	}
	return true
}

// is tells whether the instruction at a place is this one.
func (f *function) is(at int, opcode byte, value int64) bool {
	return at >= 0 && at < len(f.code) && f.code[at].opcode == opcode && f.code[at].value == value
}

// has tells whether the instruction at a place has this opcode.
func (f *function) has(at int, opcode byte) bool {
	return at >= 0 && at < len(f.code) && f.code[at].opcode == opcode
}

// ordinary tells whether a function begins as the compiler's do: it has one parameter, and copies the stack pointer.
// What is written by hand, or wraps an import, does not.
func (f *function) ordinary() bool {
	return f.locals > 0 && f.is(0, opGlobalGet, globalSP) && f.is(1, opLocalSet, localSP)
}

// edit puts bytes in the place of a part of the body.
type edit struct {
	from, to int
	with     []byte
}

// apply returns the body with edits, which do not overlap.
func (f *function) apply(edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, f.body[at:e.from]...), e.with...)
		at = e.to
	}
	return append(out, f.body[at:]...)
}

// declare adds two locals of type i32.
func (f *function) declare() []edit {
	_, used := binary.Uvarint(f.body)
	return []edit{
		{0, used, binary.AppendUvarint(nil, f.groups+1)},
		{f.start, f.start, []byte{2, typeI32}},
	}
}
