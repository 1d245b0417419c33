// Package trim leaves out of a built module what the linker writes and nothing reads.
//
// The runtime finds the function of a program counter by a table with a bucket for each 4096 counters
// (runtime.findfunctab; findfunc in runtime/symtab.go reads it). On Wasm every function has 65,536 counters, however
// short it is, and findfunc asks for the first of them only: of the 16 buckets of a function 15 are never read. Each is
// a data segment of some ten bytes, which together were 9 % of the module.
//
// Nothing is taken on trust: the runtime's source must hold the lines that this is true of, and the table must be what
// it is expected to be, bucket by bucket. Else the build fails, and this package is to be read again or removed.
package trim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sallyport.dev/sallyport/build/wasm/section"
)

var (
	// ErrModule is wrapped when the bytes are no module as the linker writes them.
	ErrModule = errors.New("not a module of Go's linker")
	// ErrTable is wrapped when the linker's table is not as expected.
	ErrTable = errors.New("the toolchain's table of functions has changed; read runtime.findfunc and mend build/trim")
)

// reads is how the runtime reads the table: by the function's first program counter, here and nowhere else.
var reads = []string{
	"		x = uintptr(pcOff)<<16 + datap.text - datap.minpc\n	}\n	b := x / abi.FuncTabBucketSize\n",
	"	ffb := (*findfuncbucket)(add(unsafe.Pointer(datap.findfunctab), b*unsafe.Sizeof(findfuncbucket{})))\n",
}

// Runtime refuses a toolchain whose runtime reads the table in another way.
func Runtime(goroot string) error {
	source, err := os.ReadFile(filepath.Join(goroot, "src/runtime/symtab.go"))
	if err != nil {
		return err
	}
	for _, fragment := range reads {
		if strings.Count(string(source), fragment) != 1 {
			return fmt.Errorf("%w: runtime/symtab.go lacks the fragment %q", ErrTable, fragment)
		}
	}
	return nil
}

// Module returns the module without the buckets that are never read. A trimmed module is returned as it is.
func Module(module []byte) ([]byte, error) {
	sections, err := section.Split(module)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	found := false
	for i := range sections {
		if sections[i].ID != section.Data {
			continue
		}
		if sections[i].Content, err = trimmed(sections[i].Content); err != nil {
			return nil, err
		}
		found = true
	}
	if !found {
		return nil, fmt.Errorf("%w: it has no data", ErrModule)
	}
	return section.Join(sections), nil
}

// trimmed returns the data section without what is never read. The linker writes a section's length in five bytes,
// whatever it is; Module writes it short.
func trimmed(data []byte) ([]byte, error) {
	memory, err := load(data)
	if err != nil {
		return nil, err
	}
	table, err := findTable(memory)
	if err != nil {
		return nil, err
	}
	for i := range table.buckets() {
		if bucket := table.bucket(memory, i); i%perFunction != 0 {
			clear(bucket)
		}
	}
	return store(memory), nil
}
