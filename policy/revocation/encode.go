package revocation

import (
	"encoding/binary"
	"errors"
	"math"
)

// The errors of Encode.
var (
	ErrRate = errors.New("revocation: the rate is not between 1e-9 and 0.01")
	ErrSize = errors.New("revocation: the filter would have more than 8 MiB: take a higher rate, or fewer tokens")
)

// leastBits keeps the filter of a few tokens from being full by chance.
const leastBits = 1024

// Encode returns the filter of identifiers that refuses about so many good
// tokens in error: 0.001 is one of a thousand. Errors: ErrList for an empty
// identifier, ErrRate, ErrSize.
func Encode(ids []string, rate float64) ([]byte, error) {
	if !(rate >= 1e-9 && rate <= worstRate) {
		return nil, ErrRate
	}
	// The best size and number of bits for a rate (Bloom 1970).
	size := math.Ceil(float64(len(ids))*-math.Log(rate)/(math.Ln2*math.Ln2)/8) * 8
	f := &filter{hashes: uint64(math.Round(-math.Log2(rate))), size: uint64(max(size, leastBits))}
	if f.size/8 > MaxSize-filterHead {
		return nil, ErrSize
	}
	f.bits = make([]byte, f.size/8)
	for _, id := range ids {
		if id == "" {
			return nil, ErrList
		}
		f.set(id)
	}
	return f.encode(), nil
}

func (f *filter) encode() []byte {
	b := append(make([]byte, 0, filterHead+len(f.bits)), magic[:]...)
	b = append(b, filterVersion, byte(f.hashes), 0, 0)
	return append(binary.BigEndian.AppendUint64(b, f.size), f.bits...)
}
