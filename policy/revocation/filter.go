package revocation

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// The header of a filter: see the package.
const (
	filterVersion = 1
	filterHead    = 16
	maxHashes     = 32
	worstRate     = 0.01 // good tokens refused in error
)

// magic begins with a byte that no text has.
var magic = [4]byte{0x89, 'S', 'P', 'R'}

// filter is a Bloom filter.
type filter struct {
	hashes uint64 // k
	size   uint64 // m
	bits   []byte
}

// parseFilter reads a filter.
func parseFilter(b []byte) (*filter, bool) {
	if len(b) < filterHead || b[4] != filterVersion || b[6] != 0 || b[7] != 0 {
		return nil, false
	}
	f := &filter{hashes: uint64(b[5]), size: binary.BigEndian.Uint64(b[8:])}
	if f.hashes < 1 || f.hashes > maxHashes || f.size < 8 || f.size%8 != 0 || f.size/8 != uint64(len(b)-filterHead) {
		return nil, false
	}
	f.bits = bytes.Clone(b[filterHead:])
	return f, f.rate() <= worstRate
}

// rate is the part of good tokens that the filter refuses in error: those whose
// bits are all set by others. One that is too full would refuse everybody, and
// was made for fewer tokens or never was one.
func (f *filter) rate() float64 {
	set, rest := 0, f.bits
	for ; len(rest) >= 8; rest = rest[8:] {
		set += bits.OnesCount64(binary.LittleEndian.Uint64(rest))
	}
	for _, b := range rest {
		set += bits.OnesCount8(b)
	}
	rate := 1.0
	for range f.hashes {
		rate *= float64(set) / float64(f.size)
	}
	return rate
}

// has tells whether all bits of an identifier are set.
func (f *filter) has(id string) bool {
	a, b := hash(id)
	for i := range f.hashes {
		bit := (a + i*b) % f.size
		if f.bits[bit/8]&(1<<(bit%8)) == 0 {
			return false
		}
	}
	return true
}

func (f *filter) set(id string) {
	a, b := hash(id)
	for i := range f.hashes {
		bit := (a + i*b) % f.size
		f.bits[bit/8] |= 1 << (bit % 8)
	}
}

// hash returns two independent hashes of an identifier. The second is odd: else
// one of 0 would leave a single bit.
func hash(id string) (a, b uint64) {
	sum := sha256.Sum256(unsafe.Slice(unsafe.StringData(id), len(id))) // a conversion would move to the heap
	return binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:]) | 1
}
