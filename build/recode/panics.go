package recode

import "encoding/binary"

// panics has the calls that never return leave the function at once, by way of a helper that is written once: the
// compiler goes on behind them, and an engine keeps the code of what follows beside that of the panic.
//
// Where the helper returns, the stack is being unwound: the function that is called always asks for it.
func (f *function) panics(m *module) (edits []edit) {
	for at := range f.code {
		counter, calls, label, ok := f.call(at)
		if !ok || !m.panics[calls] {
			continue
		}
		with := appendSigned([]byte{opI64Const}, counter)
		with = binary.AppendUvarint(append(with, opCall), m.helper(calls))
		with = binary.AppendUvarint(append(with, opBr), label)
		edits = append(edits, edit{f.code[at+1].at, f.code[at+callSize].end, with})
	}
	return edits
}

// callSize is how many instructions a call is, of which the last unwinds.
const callSize = 13

// call tells whether the condition at a place holds one call and nothing else: the program counter to return to, the
// function that is called, and where it unwinds to.
func (f *function) call(at int) (counter int64, calls, unwinds uint64, ok bool) {
	if !f.is(at, opIf, emptyBlock) || !f.has(at+callSize+1, opEnd) {
		return 0, 0, 0, false
	}
	i := at + 1
	ok = f.is(i, opLocalGet, localSP) && f.is(i+1, opI32Const, 8) && f.has(i+2, opI32Sub) &&
		f.is(i+3, opLocalTee, localSP) && f.is(i+4, opGlobalSet, globalSP) &&
		f.is(i+5, opLocalGet, localSP) && f.has(i+6, opI64Const) && f.is(i+7, opI64Store, 0) &&
		f.is(i+8, opI32Const, 0) && f.has(i+9, opCall) &&
		f.is(i+10, opGlobalGet, globalSP) && f.is(i+11, opLocalSet, localSP) && f.has(i+12, opBrIf)
	if !ok {
		return 0, 0, 0, false
	}
	return f.code[i+6].value, uint64(f.code[i+9].value), uint64(f.code[i+12].value), true
}

// helperType is the type of a helper: it takes a program counter.
var helperType = []byte{typeFunc, 1, typeI64, 0}

// helperBody pushes the program counter on the stack, and calls.
func helperBody(calls uint64) []byte {
	b := []byte{0, // no locals
		opGlobalGet, globalSP, opI32Const, 8, opI32Sub, opGlobalSet, globalSP,
		opGlobalGet, globalSP, opLocalGet, 0, opI64Store, 3, 0,
		opI32Const, 0, opCall}
	return append(binary.AppendUvarint(b, calls), opDrop, opEnd)
}
