// Package section takes a WebAssembly module apart into its sections, and joins them again.
package section

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrModule is wrapped when the bytes are no module.
var ErrModule = errors.New("not a WebAssembly module")

// Header begins each module (WebAssembly Core Specification section 5.5.16).
const Header = "\x00asm\x01\x00\x00\x00"

// The sections that the build reads (section 5.5.2).
const (
	Custom   = 0
	Type     = 1
	Import   = 2
	Function = 3
	Code     = 10
	Data     = 11
)

// A Section is one part of a module.
type Section struct {
	ID      byte
	Content []byte
}

// Split returns the sections of a module, in their order. They alias it.
func Split(module []byte) (list []Section, err error) {
	rest, ok := bytes.CutPrefix(module, []byte(Header))
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrModule)
	}
	for len(rest) > 0 {
		content, after, ok := Sized(rest[1:])
		if !ok {
			return nil, fmt.Errorf("%w: a section is cut off", ErrModule)
		}
		list = append(list, Section{rest[0], content})
		rest = after
	}
	return list, nil
}

// Join makes a module of sections.
func Join(list []Section) []byte {
	module := []byte(Header)
	for _, s := range list {
		module = AppendSized(append(module, s.ID), s.Content)
	}
	return module
}

// Sized reads a length and as many bytes.
func Sized(b []byte) (content, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	b = b[used:]
	return b[:n:n], slices.Clip(b[n:]), true
}

// AppendSized appends the length of content, and content.
func AppendSized(b, content []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(content))), content...)
}
