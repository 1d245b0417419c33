package recode

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// What a label can stand for, apart from the number of a place: see labels.
const (
	labelOther = -1
	labelLoop  = -2 // going there jumps by way of the switch
)

// dispatch is how a function begins: blocks, a loop, and in it as many blocks as there are places to jump to. The
// switch leaves the inner ones: whoever leaves the n-th comes to the n-th place.
type dispatch struct {
	at     int // of br_table in the code
	loop   int // of the loop; -1 without
	blocks int // in the loop
}

func (f *function) dispatch() (d dispatch, ok bool) {
	d.loop = -1
	at := 2 // behind the copy of the stack pointer
	for ; f.is(at, opBlock, emptyBlock) || f.is(at, opLoop, emptyBlock); at++ {
		d.blocks++
		if f.code[at].opcode == opLoop {
			d.loop, d.blocks = at, 0
		}
	}
	d.at = at + 1
	return d, d.blocks > 0 && f.is(at, opLocalGet, localResume) && f.has(d.at, opBrTable)
}

// emptyBlock is the type of a block without results, as a signed number.
const emptyBlock = typeEmpty - 0x80

// fewLoops is how many places are compared before the switch is asked.
const fewLoops = 4

// jumps has each jump forward leave the block that ends at its target, and has a call come to the first place without
// the switch. A jump back still goes round the loop; where few are jumped back to, they are compared before the
// switch, too. The place that was set before a jump is read by the switch alone.
func (f *function) jumps() (edits []edit, err error) {
	d, ok := f.dispatch()
	if !ok {
		return nil, nil
	}
	back := []int64{0} // the beginning, and where loops begin
	if d.loop >= 0 {
		if edits, err = f.forward(d, &back); err != nil {
			return nil, err
		}
	}
	if len(back) > 1+fewLoops {
		back = back[:1]
	}
	var compared []byte
	for _, number := range back {
		compared = appendSigned(append(compared, opLocalGet, localResume, opI32Const), number)
		compared = binary.AppendUvarint(append(compared, opI32Eq, opBrIf), uint64(f.place(d, number)))
	}
	get := f.code[d.at-1].at
	return append(edits, edit{get, get, compared}), nil
}

// place returns the number of the block that the switch leaves for a number of the compiler's.
func (f *function) place(d dispatch, number int64) int {
	targets := f.code[d.at].targets
	if number < 0 || number >= int64(len(targets)) {
		number = int64(len(targets) - 1)
	}
	return targets[number]
}

// forward writes the jumps forward, and adds the numbers that are jumped back to.
func (f *function) forward(d dispatch, back *[]int64) (edits []edit, err error) {
	l := newLabels(f, d)
	for at := d.at + 1; at < len(f.code); at++ {
		if !l.follow(f.code[at]) || !f.setsPlace(at) {
			return nil, fmt.Errorf("%w: at %d", ErrModule, f.code[at].at)
		}
		if label, known := l.of(f.code[at]); !known || label != labelLoop {
			continue
		}
		e, forward, err := f.jump(d, l, at)
		if err != nil {
			return nil, err
		}
		if number := f.code[at-2].value; forward {
			edits = append(edits, e)
		} else if !slices.Contains(*back, number) {
			*back = append(*back, number)
		}
	}
	return edits, nil
}

// setsPlace tells whether an instruction uses the place to jump to as the compiler does: it is set before a jump, and
// lent to a call by way of the table.
func (f *function) setsPlace(at int) bool {
	switch i := f.code[at]; {
	case i.opcode == opLocalGet && i.value == localResume:
		return f.is(at-1, opI32Const, 0) && f.is(at-2, opLocalSet, localResume) && f.has(at+1, opCallIndirect)
	case i.opcode == opLocalTee && i.value == localResume:
		return false
	}
	return true
}

// jump writes a jump by way of the loop anew, where it goes forward.
func (f *function) jump(d dispatch, l *labels, at int) (e edit, forward bool, err error) {
	if !f.has(at, opBr) || !f.is(at-1, opLocalSet, localResume) || !f.has(at-2, opI32Const) {
		return e, false, fmt.Errorf("%w: a jump at %d", ErrModule, f.code[at].at)
	}
	place := f.place(d, f.code[at-2].value)
	if place <= l.passed {
		return e, false, nil
	}
	depth := int(f.code[at].value) - d.blocks + place
	if depth < 0 || l.at(depth) != place {
		return e, false, fmt.Errorf("%w: a jump at %d has no target", ErrModule, f.code[at].at)
	}
	return edit{f.code[at-2].at, f.code[at].end, binary.AppendUvarint([]byte{opBr}, uint64(depth))}, true, nil
}

// labels are the blocks around an instruction, the inner ones last: for each the number of the place behind it, or one
// of the constants.
type labels struct {
	open   []int
	passed int // the last place that was passed
}

func newLabels(f *function, d dispatch) *labels {
	l := &labels{passed: -1}
	for at := 2; at < d.at-1; at++ {
		switch {
		case at < d.loop:
			l.open = append(l.open, labelOther)
		case at == d.loop:
			l.open = append(l.open, labelLoop)
		default:
			l.open = append(l.open, d.blocks-(at-d.loop))
		}
	}
	return l
}

// at returns the label of a depth.
func (l *labels) at(depth int) int {
	if depth >= len(l.open) {
		return labelOther // the function itself
	}
	return l.open[len(l.open)-1-depth]
}

// of returns what a jump goes to; known is false for what is no jump.
func (l *labels) of(i instruction) (label int, known bool) {
	if i.opcode != opBr && i.opcode != opBrIf {
		return 0, false
	}
	return l.at(int(i.value)), true
}

// follow keeps the labels as an instruction leaves them. Places are passed in their order, and nothing but the first
// switch may be one.
func (l *labels) follow(i instruction) bool {
	switch i.opcode {
	case opBlock, opLoop, opIf:
		l.open = append(l.open, labelOther)
	case opBrTable:
		return false
	case opEnd:
		if len(l.open) == 0 {
			return true // of the function
		}
		place := l.open[len(l.open)-1]
		l.open = l.open[:len(l.open)-1]
		if place >= 0 {
			l.passed++
			return place == l.passed
		}
	}
	return true
}
