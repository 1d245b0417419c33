package revocation

import (
	"bytes"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Parse reads a list in one of its forms. It keeps nothing of body. Its error is
// ErrList.
func Parse(body []byte) (*List, error) {
	if len(body) > MaxSize {
		return nil, ErrList
	}
	if bytes.HasPrefix(body, magic[:]) {
		f, ok := parseFilter(body)
		if !ok {
			return nil, ErrList
		}
		return &List{filter: f, known: true}, nil
	}
	var b builder
	parse := b.parseLines
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		parse = b.parseJSON
	}
	if !parse(body) {
		return nil, ErrList
	}
	return b.list(), nil
}

// parseJSON reads an array of texts and nothing behind it. No value is read
// before it is known to be a text: the decoder's way through nested ones is
// recursive.
func (b *builder) parseJSON(body []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '[' {
		return false
	}
	var id []byte
	for d.PeekKind() == '"' {
		value, err := d.ReadValue()
		if err != nil {
			return false
		}
		if id, err = jsontext.AppendUnquote(id[:0], value); err != nil || !b.add(id) {
			return false
		}
	}
	if t, err := d.ReadToken(); err != nil || t.Kind() != ']' {
		return false
	}
	_, err := d.ReadToken()
	return err == io.EOF
}

// parseLines reads a list of lines. One of nothing but empty lines is what a
// script writes that has failed: as a list it would take back every revocation.
func (b *builder) parseLines(body []byte) bool {
	said := false
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			continue
		}
		if said = true; line[0] == '#' {
			continue
		}
		if !isLine(line) || !b.add(line) {
			return false
		}
	}
	return said
}

// isLine tells whether a line can be an identifier. What it refuses is what
// pages and objects are made of, which servers answer with 200 too; identifiers
// that have such characters are written as JSON.
func isLine(line []byte) bool {
	for _, c := range line {
		if c <= ' ' || c > '~' || bytes.IndexByte([]byte(`<>{}[]",`), c) >= 0 {
			return false
		}
	}
	return true
}
