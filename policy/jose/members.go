package jose

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	errForm = errors.New("not of the form that the standard gives it")
	errDeep = errors.New("nested too deeply")
)

// maxDepth bounds how deep values are nested: a key set needs four.
const maxDepth = 16

// members reads a JSON object, member by member:
//
//	m := newMembers(text)
//	for m.next() {
//		switch m.name { … } // reads the value, or m.skip()
//	}
//	return m.end()
//
// It goes from token to token and never calls itself. The decoder refuses
// invalid UTF-8 and a name that is there twice, however it is escaped.
type members struct {
	name string
	err  error

	text []byte
	d    *jsontext.Decoder
}

// newMembers begins to read the object that is the whole of text.
func newMembers(text []byte) *members {
	m := &members{text: text, d: jsontext.NewDecoder(bytes.NewBuffer(text))}
	m.open('{')
	return m
}

// open reads the bracket that begins a list or an object.
func (m *members) open(kind jsontext.Kind) {
	if t := m.read(); m.err == nil && t.Kind() != kind {
		m.err = errForm
	}
}

// read reads one token. It stands for the last one only until the next.
func (m *members) read() jsontext.Token {
	if m.err != nil {
		return jsontext.Token{}
	}
	t, err := m.d.ReadToken()
	if err != nil {
		m.err = errForm // the decoder's own text quotes its input
		return jsontext.Token{}
	}
	if m.d.StackDepth() > maxDepth {
		m.err = errDeep
	}
	return t
}

// next reads the next name. false: the object's end, or an error.
func (m *members) next() bool {
	t := m.read()
	if m.err != nil || t.Kind() != '"' {
		return false
	}
	m.name = t.String()
	return true
}

// string reads a string.
func (m *members) string() string {
	t := m.read()
	if m.err == nil && t.Kind() != '"' {
		m.err = errForm
	}
	if m.err != nil {
		return ""
	}
	return t.String()
}

// strings reads a list of at most max strings.
func (m *members) strings(max int) []string {
	var list []string
	for m.open('['); m.more(); {
		if len(list) == max {
			m.err = errForm
			return nil
		}
		list = append(list, m.string())
	}
	return list
}

// more tells whether the open list has another value, and reads its end.
func (m *members) more() bool {
	if m.err != nil {
		return false
	}
	if m.d.PeekKind() == ']' {
		m.read()
		return false
	}
	return true
}

// skip reads any value and returns it as it is written.
func (m *members) skip() []byte {
	from, depth := m.d.InputOffset(), m.d.StackDepth()
	for m.read(); m.err == nil && m.d.StackDepth() > depth; {
		m.read()
	}
	if m.err != nil {
		return nil
	}
	// Before the value stand the colon or comma that part it from what was read.
	return bytes.TrimLeft(m.text[from:m.d.InputOffset()], ":, \t\r\n")
}

// object reads an object and returns it as it is written.
func (m *members) object() []byte {
	if m.err == nil && m.d.PeekKind() != '{' {
		m.err = errForm
	}
	return m.skip()
}

// end returns what was wrong, such as bytes behind the object.
func (m *members) end() error {
	if m.err != nil {
		return m.err
	}
	if _, err := m.d.ReadToken(); err != io.EOF {
		return errForm
	}
	return nil
}
