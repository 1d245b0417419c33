package claims

import (
	"bytes"
	"errors"
	"io"

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
type Set struct{ nodes []node }

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
	p := parser{decoder: jsontext.NewDecoder(bytes.NewReader(json)), bounds: b}
	for {
		t, err := p.decoder.ReadToken()
		if err != nil {
			return nil, ErrMalformed
		}
		if err := p.take(t); err != nil {
			return nil, err
		}
		if len(p.open) == 0 {
			break
		}
	}
	if _, err := p.decoder.ReadToken(); err != io.EOF {
		return nil, ErrMalformed
	}
	return &Set{p.nodes}, nil
}

// parser turns tokens into nodes.
type parser struct {
	decoder *jsontext.Decoder
	bounds  Bounds
	nodes   []node
	open    []int  // objects and lists that have not ended
	name    string // of the member whose value comes next
	named   bool
}

func (p *parser) take(t jsontext.Token) error {
	kind := t.Kind()
	switch {
	case len(p.nodes) == 0 && kind != '{':
		return ErrMalformed
	case kind == '}' || kind == ']':
		last := len(p.open) - 1
		p.nodes[p.open[last]].end = len(p.nodes)
		p.open = p.open[:last]
		return nil
	case p.inObject() && !p.named:
		p.name, p.named = t.String(), true
		return nil
	}
	return p.add(t, kind)
}

func (p *parser) inObject() bool {
	return len(p.open) > 0 && p.nodes[p.open[len(p.open)-1]].kind == '{'
}

func (p *parser) add(t jsontext.Token, kind jsontext.Kind) error {
	n := node{name: p.name, kind: kind, end: len(p.nodes) + 1}
	p.name, p.named = "", false
	switch kind {
	case '"', '0':
		n.text = t.String()
	case '{', '[':
		p.open = append(p.open, len(p.nodes))
	}
	if p.nodes = append(p.nodes, n); len(p.nodes)-1 > p.bounds.Values || len(p.open) > p.bounds.Depth {
		return ErrBounds
	}
	return nil
}

// Size is about how many bytes of memory the set takes.
func (s *Set) Size() int {
	size := 64 * len(s.nodes)
	for i := range s.nodes {
		size += len(s.nodes[i].name) + len(s.nodes[i].text)
	}
	return size
}
