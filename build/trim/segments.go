package trim

import (
	"encoding/binary"
	"fmt"

	"sallyport.dev/sallyport/build/wasm/section"
)

// maxMemory is more than the linker lays out for any module of ours.
const maxMemory = 64 << 20

// The codes of a segment: active in memory 0, at an offset that is a constant expression.
const (
	active   = 0x00
	i32Const = 0x41
	end      = 0x0b
)

// load returns the memory as the data section fills it.
func load(data []byte) (memory []byte, err error) {
	n, used := binary.Uvarint(data)
	if used <= 0 {
		return nil, fmt.Errorf("%w: its data is cut off", ErrModule)
	}
	rest := data[used:]
	for range n {
		offset, content, after, ok := segment(rest)
		if !ok || offset > maxMemory-len(content) {
			return nil, fmt.Errorf("%w: a data segment is damaged or far off", ErrModule)
		}
		if grown := offset + len(content) - len(memory); grown > 0 {
			memory = append(memory, make([]byte, grown)...)
		}
		copy(memory[offset:], content) // they are not in the order of their offsets
		rest = after
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: bytes follow its data", ErrModule)
	}
	return memory, nil
}

func segment(b []byte) (offset int, content, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != active || b[1] != i32Const {
		return 0, nil, nil, false
	}
	offset, b, ok = signed(b[2:])
	if !ok || len(b) == 0 || b[0] != end {
		return 0, nil, nil, false
	}
	content, rest, ok = section.Sized(b[1:])
	return offset, content, rest, ok
}

// gap is how many zeros are worth a new segment; the linker has the same figure.
const gap = 8

// store returns a data section that fills the memory, which was zero.
func store(memory []byte) []byte {
	var segments []byte
	n := uint64(0)
	for at := 0; at < len(memory); {
		if memory[at] == 0 {
			at++
			continue
		}
		content := memory[at : at+run(memory[at:])]
		segments = appendSigned(append(segments, active, i32Const), at)
		segments = binary.AppendUvarint(append(segments, end), uint64(len(content)))
		segments = append(segments, content...)
		at += len(content)
		n++
	}
	return append(binary.AppendUvarint(nil, n), segments...)
}

// run returns how many bytes stand before the next gap, or before the end and its zeros.
func run(b []byte) int {
	last := 0 // the last byte that is not zero
	for i, c := range b {
		if c != 0 {
			last = i
		} else if i-last >= gap {
			break
		}
	}
	return last + 1
}

// signed reads a number in signed LEB128 that is not negative.
func signed(b []byte) (n int, rest []byte, ok bool) {
	for i, c := range b[:min(len(b), 5)] {
		n |= int(c&0x7f) << (7 * i)
		if c < 0x80 {
			return n, b[i+1:], c&0x40 == 0
		}
	}
	return 0, nil, false
}

func appendSigned(b []byte, n int) []byte {
	for ; n > 0x3f; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}
