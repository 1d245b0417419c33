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

// ReadPairs appends the pairs of a serialised header map to fields, with
// nothing copied. The form is that of the ABI: a little-endian uint32 count,
// then name and value length of each pair as uint32, then each name and value,
// both followed by a NUL. Every length is checked against what is there.
func ReadPairs(b []byte, fields []Field) ([]Field, error) {
	if len(b) < 4 {
		return fields, ErrPairs
	}
	count := uint64(binary.LittleEndian.Uint32(b))
	sizes, data := b[4:], uint64(0)
	if count*8 > uint64(len(sizes)) {
		return fields, ErrPairs
	}
	texts := sizes[count*8:]
	for i := uint64(0); i < count; i++ {
		nameSize := uint64(binary.LittleEndian.Uint32(sizes[i*8:]))
		valueSize := uint64(binary.LittleEndian.Uint32(sizes[i*8+4:]))
		end := data + nameSize + 1 + valueSize + 1
		if end > uint64(len(texts)) {
			return fields, ErrPairs
		}
		value := data + nameSize + 1
		fields = append(fields, Field{text(texts[data : data+nameSize]), text(texts[value : value+valueSize])})
		data = end
	}
	if data != uint64(len(texts)) {
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
