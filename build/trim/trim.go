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
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// The parts of a module (WebAssembly Core Specification section 5.5).
const (
	header      = "\x00asm\x01\x00\x00\x00"
	dataSection = 11
)

// Module returns the module without the buckets that are never read. A trimmed module is returned as it is.
func Module(module []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(module, []byte(header))
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrModule)
	}
	out, found := []byte(header), false
	for len(rest) > 0 {
		id := rest[0]
		content, after, ok := sized(rest[1:])
		if !ok {
			return nil, fmt.Errorf("%w: a section is cut off", ErrModule)
		}
		if id == dataSection {
			var err error
			if content, err = trimmed(content); err != nil {
				return nil, err
			}
			found = true
		}
		out = append(binary.AppendUvarint(append(out, id), uint64(len(content))), content...)
		rest = after
	}
	if !found {
		return nil, fmt.Errorf("%w: it has no data", ErrModule)
	}
	return out, nil
}

// trimmed returns the data section without what is never read. The linker writes a section's length in five bytes,
// whatever it is; Module writes it short.
func trimmed(section []byte) ([]byte, error) {
	memory, err := load(section)
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

// sized reads a length and as many bytes.
func sized(b []byte) (content, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	b = b[used:]
	return b[:n:n], slices.Clip(b[n:]), true
}
