package trim

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// What the linker lays out: cmd/link/internal/ld/pcln.go and internal/abi/symtab.go.
const (
	bucketSize  = 4 + 16 // the index of a function, and what 16 parts of the bucket add to it
	perBucket   = 4096   // program counters of a bucket
	shift       = 16     // each function begins at a multiple of 1 << shift
	perFunction = 1 << shift / perBucket
)

// magic begins the table of functions: its version, two zeros, the least length of an instruction, and that of a
// pointer. The number of functions follows.
var magic = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// The words of runtime.moduledata by which the table is found.
const (
	wordHeader      = 0
	wordTable       = 13
	wordFunctions   = 16
	wordFunctionsN  = 17
	wordFindFuncTab = 19
	wordMinPC       = 20
	wordMaxPC       = 21
	words           = 22
)

// table is the buckets, and the program counters that they are for.
type table struct {
	start        int
	minPC, maxPC uint64
}

func (t table) buckets() int { return t.parts(perBucket) }

// parts is how many parts of a size the program counters fill.
func (t table) parts(size uint64) int { return int((t.maxPC - t.minPC + size - 1) / size) }

// size is the table's length. The last bucket has a byte for those of its parts only that there are.
func (t table) size() int { return 4*t.buckets() + t.parts(perBucket/16) }

func (t table) bucket(memory []byte, i int) []byte {
	return memory[t.start+i*bucketSize : t.start+min((i+1)*bucketSize, t.size())]
}

// findTable finds the table and makes sure that it is one.
func findTable(memory []byte) (table, error) {
	header := bytes.Index(memory, magic)
	if header < 0 || bytes.Contains(memory[header+1:], magic) {
		return table{}, fmt.Errorf("%w: no header, or several", ErrTable)
	}
	for at := header &^ 7; at+words*8 <= len(memory); at += 8 {
		word := func(i int) uint64 { return binary.LittleEndian.Uint64(memory[at+i*8:]) }
		if word(wordHeader) == uint64(header) && word(wordTable) == word(wordFunctions) {
			t := table{start: int(word(wordFindFuncTab)), minPC: word(wordMinPC), maxPC: word(wordMaxPC)}
			return t, t.check(memory, int(word(wordFunctions)), int(word(wordFunctionsN))-1)
		}
	}
	return table{}, fmt.Errorf("%w: the table is not to be found", ErrTable)
}

// check tells whether function after function fills its buckets, as the runtime's list of them has it. Buckets that are
// not read may be empty: the module was trimmed before.
func (t table) check(memory []byte, list, functions int) error {
	if functions < 1 || functions > 1<<20 || t.maxPC <= t.minPC || t.buckets() <= (functions-1)*perFunction ||
		t.buckets() > functions*perFunction || !holds(memory, list, functions*8) || !holds(memory, t.start, t.size()) {
		return fmt.Errorf("%w: %d functions, %d buckets", ErrTable, functions, t.buckets())
	}
	for i := range functions {
		if got, want := binary.LittleEndian.Uint32(memory[list+i*8:]), uint32(t.minPC>>shift)+uint32(i); got != want {
			return fmt.Errorf("%w: function %d is listed as %d, want %d", ErrTable, i, got, want)
		}
	}
	for i := range t.buckets() {
		var want, empty [bucketSize]byte
		binary.LittleEndian.PutUint32(want[:], uint32(i/perFunction))
		got := t.bucket(memory, i)
		if !bytes.HasPrefix(want[:], got) && (i%perFunction == 0 || !bytes.HasPrefix(empty[:], got)) {
			return fmt.Errorf("%w: bucket %d is %x, want %x", ErrTable, i, got, want)
		}
	}
	return nil
}

func holds(memory []byte, at, n int) bool { return at >= 0 && n >= 0 && at <= len(memory)-n }
