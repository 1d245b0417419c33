package proxywasm

import (
	"encoding/binary"
	"errors"
	"unsafe"
)

// ErrPairs says that a serialised header map is not sound.
var ErrPairs = errors.New("proxywasm: malformed header pairs")

// Field is one pair of a header map. Its strings alias the bytes it was read
// from.
type Field struct{ Name, Value string }

// Pairs is a serialised header map that is read pair by pair. The form is that of
// the ABI: a little-endian uint32 count, then name and value length of each pair
// as uint32, then each name and value, both followed by a NUL.
type Pairs struct {
	sizes []byte // of the pairs that are left
	texts string // of the pairs that are left
}

// Open begins to read a serialised header map. It returns false for one whose
// count says more than there is.
func (p *Pairs) Open(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	size := 8 * uint64(binary.LittleEndian.Uint32(b))
	if b = b[4:]; size > uint64(len(b)) {
		return false
	}
	p.sizes, p.texts = b[:size], text(b[size:])
	return true
}

// Next returns the next pair, with nothing copied: its strings alias what it was
// read from. Every length is checked against what is there. It is not ok at the
// end, and where a length is wrong; Sound tells which.
func (p *Pairs) Next() (name, value string, ok bool) {
	if len(p.sizes) < 8 {
		return "", "", false
	}
	sizes, texts := binary.LittleEndian.Uint64(p.sizes), p.texts
	nameSize := sizes & 0xffffffff
	end := nameSize + 1 + sizes>>32 + 1
	if end > uint64(len(texts)) {
		return "", "", false
	}
	p.sizes, p.texts = p.sizes[8:], texts[end:]
	return texts[:nameSize], texts[nameSize+1 : end-1], true
}

// Sound tells whether all of the map was read, and was what its lengths say.
func (p *Pairs) Sound() bool { return len(p.sizes) == 0 && len(p.texts) == 0 }

// ReadPairs appends the pairs of a serialised header map to fields.
func ReadPairs(b []byte, fields []Field) ([]Field, error) {
	var p Pairs
	if !p.Open(b) {
		return fields, ErrPairs
	}
	for {
		name, value, ok := p.Next()
		if !ok {
			break
		}
		fields = append(fields, Field{name, value})
	}
	if !p.Sound() {
		return fields, ErrPairs
	}
	return fields, nil
}

// AppendPairs appends the serialised form of pairs to b.
func AppendPairs(b []byte, pairs [][2]string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(pairs)))
	for _, p := range pairs {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p[0])))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p[1])))
	}
	for _, p := range pairs {
		b = append(append(b, p[0]...), 0)
		b = append(append(b, p[1]...), 0)
	}
	return b
}

func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
