package claims

import "github.com/go-json-experiment/json/jsontext"

// maxSiblings bounds the members of one object in which readPlain looks for a
// name that stands twice: it compares each with each.
const maxSiblings = 40

// readPlain appends the nodes of a set to memory, which has none yet, if the set is
// written as nearly all are: visible ASCII without escapes, and whole numbers. ok
// is false for what is written otherwise, of which only the strict decoder says
// whether it is sound. What it takes the decoder takes too, and reads alike:
// FuzzPlain holds one against the other.
func readPlain(json string, memory []node, b Bounds) (nodes []node, ok bool) {
	p := plain{json: json, nodes: memory, bounds: b}
	ok = p.skip() == '{' && p.read()
	return p.nodes, ok
}

// plain is where readPlain stands.
type plain struct {
	json   string
	at     int
	nodes  []node
	bounds Bounds
	name   span // of the member whose value comes next
	depth  int
	open   [plainDepth]int32 // objects and lists that have not ended
}

const plainDepth = 8

// read reads the value that begins here and all that is in it.
func (p *plain) read() bool {
	for {
		before := p.depth
		if !p.value() {
			return false
		}
		if p.depth > before { // something was opened
			if !p.closes() {
				if !p.member() {
					return false
				}
				continue
			}
		}
		for p.depth > 0 && p.skip() != ',' {
			if !p.closes() {
				return false
			}
		}
		if p.depth == 0 {
			return p.skip() == 0 && p.at == len(p.json)
		}
		p.at++
		if !p.member() {
			return false
		}
	}
}

// skip passes over white space and returns what stands behind it; 0 for the end.
func (p *plain) skip() byte {
	for p.at < len(p.json) {
		c := p.json[p.at]
		if c > ' ' || c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
		p.at++
	}
	return 0
}

// closes reads the bracket that ends what was opened last, if it stands here.
func (p *plain) closes() bool {
	n := &p.nodes[p.open[p.depth-1]]
	if c := p.skip(); c != byte(n.kind)+2 { // '{' and '}', '[' and ']' are two apart
		return false
	}
	n.end = int32(len(p.nodes))
	p.at++
	p.depth--
	return true
}

// member reads what stands before a value: in an object its name.
func (p *plain) member() bool {
	object := p.open[p.depth-1]
	if p.nodes[object].kind != '{' {
		p.skip()
		return true
	}
	if p.skip() != '"' || !p.string(&p.name) || p.skip() != ':' {
		return false
	}
	p.at++
	p.skip()
	name, count := p.json[p.name.from:p.name.to], 0
	for i := int(object) + 1; i < len(p.nodes); i = int(p.nodes[i].end) {
		other := p.nodes[i].name
		if count++; count == maxSiblings || p.json[other.from:other.to] == name {
			return false
		}
	}
	return true
}

// value reads a scalar, or the bracket that opens an object or a list.
func (p *plain) value() bool {
	if p.at == len(p.json) {
		return false
	}
	n := node{name: p.name, end: int32(len(p.nodes) + 1)}
	p.name = span{}
	ok := true
	switch c := p.json[p.at]; c {
	case '"':
		n.kind, ok = '"', p.string(&n.text)
	case '{', '[':
		n.kind, ok = jsontext.Kind(c), p.opens()
	case 't':
		n.kind, ok = 't', p.literal("true")
	case 'f':
		n.kind, ok = 'f', p.literal("false")
	case 'n':
		n.kind, ok = 'n', p.literal("null")
	default:
		n.kind, ok = '0', p.number(&n.text)
	}
	p.nodes = append(p.nodes, n)
	return ok && len(p.nodes)-1 <= p.bounds.Values && p.depth <= p.bounds.Depth
}

func (p *plain) opens() bool {
	if p.depth == plainDepth {
		return false
	}
	p.open[p.depth] = int32(len(p.nodes))
	p.depth++
	p.at++
	return true
}

// string reads a text of visible ASCII and spaces, without escapes.
func (p *plain) string(to *span) bool {
	from := p.at + 1
	for i := from; i < len(p.json); i++ {
		switch c := p.json[i]; {
		case c == '"':
			*to, p.at = span{int32(from), int32(i)}, i+1
			return true
		case c < ' ' || c > '~' || c == '\\':
			return false
		}
	}
	return false
}

// number reads a whole number.
func (p *plain) number(to *span) bool {
	from := p.at
	if p.json[p.at] == '-' {
		p.at++
	}
	digits := p.at
	for p.at < len(p.json) && p.json[p.at] >= '0' && p.json[p.at] <= '9' {
		p.at++
	}
	*to = span{int32(from), int32(p.at)}
	return p.at > digits && (p.json[digits] != '0' || p.at == digits+1)
}

func (p *plain) literal(word string) bool {
	if len(p.json)-p.at < len(word) || p.json[p.at:p.at+len(word)] != word {
		return false
	}
	p.at += len(word)
	return true
}
