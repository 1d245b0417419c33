package claims

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"unsafe"

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
	text  string // names and texts are parts of it
	nodes []node
}

// node is one value. Those of a list or an object follow it, up to end. It has no
// pointers: thousands of sets are kept, and the collector passes over them.
type node struct {
	name span  // of a member
	text span  // of a string, decoded; of a number, as it stands
	end  int32 // index of the next node that is not inside this one
	kind jsontext.Kind
}

// span is a part of the set's text.
type span struct{ from, to int32 }

func (s *Set) part(p span) string { return s.text[p.from:p.to] }

// Parse reads a set. It copies what it keeps.
func Parse(json []byte, b Bounds) (*Set, error) {
	if len(json) > b.Bytes {
		return nil, ErrBounds
	}
	return new(Reader).Take(bytes.Clone(json), b)
}

// Reader is memory for reading one set after another. It is not safe for use by
// several goroutines at once.
type Reader struct{ nodes []node }

// Take is Parse for bytes that nobody changes any more: it keeps them.
func (r *Reader) Take(json []byte, b Bounds) (*Set, error) {
	if len(json) > min(b.Bytes, math.MaxInt32/2) { // texts that are decoded take as many again at most
		return nil, ErrBounds
	}
	text := unsafe.String(unsafe.SliceData(json), len(json))
	nodes, ok := readPlain(text, r.nodes[:0], b)
	r.nodes = nodes
	if ok {
		kept := make([]node, len(nodes))
		copy(kept, nodes)
		return &Set{text, kept}, nil
	}
	return takeStrictly(json, b)
}

func takeStrictly(json []byte, b Bounds) (*Set, error) {
	p := parser{decoder: jsontext.NewDecoder(bytes.NewBuffer(json)), text: unsafe.String(unsafe.SliceData(json), len(json)), bounds: b}
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
	return &Set{p.text + string(p.decoded), slices.Clip(p.nodes)}, nil
}

// parser turns tokens into nodes.
type parser struct {
	decoder *jsontext.Decoder
	text    string // the JSON
	decoded []byte // texts that had escapes; in the set they stand behind the JSON
	bounds  Bounds
	nodes   []node
	open    []int // objects and lists that have not ended
	name    span  // of the member whose value comes next
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
		p.nodes[p.open[last]].end = int32(len(p.nodes))
		p.open = p.open[:last]
		return nil
	}
	return p.add(span{}, kind)
}

// scalar reads a name, a text or a number.
func (p *parser) scalar(kind jsontext.Kind) error {
	raw, err := p.decoder.ReadValue()
	if err != nil || len(p.nodes) == 0 {
		return ErrMalformed
	}
	end := int(p.decoder.InputOffset())
	text := span{int32(end - len(raw)), int32(end)}
	if kind == '"' {
		if text, err = p.unquote(text); err != nil {
			return ErrMalformed
		}
	}
	if p.inObject() && !p.named {
		p.name, p.named = text, true
		return nil
	}
	return p.add(text, kind)
}

// unquote is what a JSON string says; one without escapes is a part of itself.
func (p *parser) unquote(quoted span) (span, error) {
	text := p.text[quoted.from:quoted.to]
	if strings.IndexByte(text, '\\') < 0 {
		return span{quoted.from + 1, quoted.to - 1}, nil
	}
	from := len(p.decoded)
	b, err := jsontext.AppendUnquote(p.decoded, text)
	p.decoded = b
	return span{int32(len(p.text) + from), int32(len(p.text) + len(b))}, err
}

func (p *parser) inObject() bool {
	return len(p.open) > 0 && p.nodes[p.open[len(p.open)-1]].kind == '{'
}

func (p *parser) add(text span, kind jsontext.Kind) error {
	n := node{name: p.name, kind: kind, text: text, end: int32(len(p.nodes) + 1)}
	p.name, p.named = span{}, false
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
	return len(s.text) + int(unsafe.Sizeof(node{}))*cap(s.nodes)
}
