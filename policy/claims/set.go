package claims

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The errors of Parse. They tell nothing of what was sent.
var (
	ErrMalformed = errors.New("claims: not one JSON object with members that stand once")
	ErrBounds    = errors.New("claims: too large, too many or too deep")
)

// Bounds are what a set may be. Zero refuses.
type Bounds struct {
	Bytes  int // of the JSON
	Values int // members and elements, at any depth
	Depth  int // objects and lists inside one another, the set itself included
}

// Set is a claim set. It is immutable.
type Set struct {
	nodes []node
	text  int // bytes of the JSON, which names and texts are parts of
}

// node is one value. Those of a list or an object follow it, up to end.
type node struct {
	name string // of a member
	kind jsontext.Kind
	text string // of a string, decoded; of a number, as it stands
	end  int    // index of the next node that is not inside this one
}

// Parse reads a set. It copies what it keeps.
func Parse(json []byte, b Bounds) (*Set, error) {
	if len(json) > b.Bytes {
		return nil, ErrBounds
	}
	p := parser{decoder: jsontext.NewDecoder(bytes.NewBuffer(json)), text: string(json), bounds: b}
	p.nodes = make([]node, 0, min(values(json), b.Values+1))
	for {
		if err := p.next(); err != nil {
			return nil, err
		}
		if len(p.open) == 0 {
			break
		}
	}
	if _, err := p.decoder.ReadToken(); err != io.EOF {
		return nil, ErrMalformed
	}
	return &Set{p.nodes, len(json)}, nil
}

// values is no less than the values of a sound set: each but the first member or
// element of an object or list stands behind a comma.
func values(json []byte) int {
	return 1 + bytes.Count(json, []byte{','}) + bytes.Count(json, []byte{'{'}) + bytes.Count(json, []byte{'['})
}

// parser turns tokens into nodes.
type parser struct {
	decoder *jsontext.Decoder
	text    string // the JSON: names and texts are parts of it
	bounds  Bounds
	nodes   []node
	open    []int  // objects and lists that have not ended
	name    string // of the member whose value comes next
	named   bool
}

// next reads one token. Texts and numbers are read as they stand, which takes no
// memory.
func (p *parser) next() error {
	kind := p.decoder.PeekKind()
	if kind == '"' || kind == '0' {
		return p.scalar(kind)
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return ErrMalformed
	}
	switch {
	case len(p.nodes) == 0 && kind != '{':
		return ErrMalformed
	case kind == '}' || kind == ']':
		last := len(p.open) - 1
		p.nodes[p.open[last]].end = len(p.nodes)
		p.open = p.open[:last]
		return nil
	}
	return p.add("", kind)
}

// scalar reads a name, a text or a number.
func (p *parser) scalar(kind jsontext.Kind) error {
	raw, err := p.decoder.ReadValue()
	if err != nil || len(p.nodes) == 0 {
		return ErrMalformed
	}
	end := int(p.decoder.InputOffset())
	text := p.text[end-len(raw) : end]
	if kind == '"' {
		if text, err = unquoted(text); err != nil {
			return ErrMalformed
		}
	}
	if p.inObject() && !p.named {
		p.name, p.named = text, true
		return nil
	}
	return p.add(text, kind)
}

// unquoted is what a JSON string says; one without escapes is a part of itself.
func unquoted(quoted string) (string, error) {
	if strings.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], nil
	}
	b, err := jsontext.AppendUnquote(nil, quoted)
	return string(b), err
}

func (p *parser) inObject() bool {
	return len(p.open) > 0 && p.nodes[p.open[len(p.open)-1]].kind == '{'
}

func (p *parser) add(text string, kind jsontext.Kind) error {
	n := node{name: p.name, kind: kind, text: text, end: len(p.nodes) + 1}
	p.name, p.named = "", false
	if kind == '{' || kind == '[' {
		p.open = append(p.open, len(p.nodes))
	}
	if p.nodes = append(p.nodes, n); len(p.nodes)-1 > p.bounds.Values || len(p.open) > p.bounds.Depth {
		return ErrBounds
	}
	return nil
}

// Size is about how many bytes of memory the set takes.
func (s *Set) Size() int {
	return s.text + 64*cap(s.nodes)
}
