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
	ok = p.peek() == '{' && p.read()
	return p.nodes, ok
}

// plain is where readPlain stands.
type plain struct {
	json   string
	at     int
	nodes  []node
	bounds Bounds
	depth  int
	open   [plainDepth]int32  // objects and lists that have not ended
	names  [plainDepth]uint64 // a bit for each name in them: see twice
}

const plainDepth = 8

// read reads the value that begins here and all that is in it. Each new token goes
// through here, and each function more that it enters costs it: read and value are
// long for that.
func (p *plain) read() bool {
	var name span // of the member whose value comes next
	for {
		opened, ok := p.value(name)
		if !ok {
			return false
		}
		// Behind a value come the ends of what ends with it, and a comma; behind
		// an opening bracket its end, or no comma.
		c := p.peek()
		for p.depth > 0 {
			o := &p.nodes[p.open[p.depth-1]]
			if c != byte(o.kind)+2 { // '{' and '}', '[' and ']' are two apart
				break
			}
			o.end = int32(len(p.nodes))
			p.at++
			p.depth--
			opened = false
			c = p.peek()
		}
		if p.depth == 0 {
			return c == 0 && p.at == len(p.json)
		}
		if !opened {
			if c != ',' {
				return false
			}
			p.at++
			c = p.peek()
		}
		name = span{}
		if p.nodes[p.open[p.depth-1]].kind != '{' {
			continue
		}
		if c != '"' || !p.string(&name) || p.peek() != ':' || p.twice(name) {
			return false
		}
		p.at++
		p.peek()
	}
}

// peek passes over white space and returns what stands behind it; 0 for the end.
func (p *plain) peek() byte {
	if p.at < len(p.json) && p.json[p.at] > ' ' {
		return p.json[p.at]
	}
	return p.skip()
}

func (p *plain) skip() byte {
	for ; p.at < len(p.json); p.at++ {
		if c := p.json[p.at]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// twice tells whether a member of the object that is open has this name already,
// or there are too many to tell. Most names are alone with their bit, and then
// there is nothing to compare.
func (p *plain) twice(name span) bool {
	text := p.json[name.from:name.to]
	bit := uint64(1)
	if n := len(text); n > 0 {
		bit = 1 << ((2*n + 6*int(text[0]) + 3*int(text[n-1])) & 63)
	}
	names := &p.names[p.depth-1]
	if *names&bit == 0 {
		*names |= bit
		return false
	}
	count := 0
	for i := int(p.open[p.depth-1]) + 1; i < len(p.nodes); i = int(p.nodes[i].end) {
		other := p.nodes[i].name
		if count++; count == maxSiblings || p.json[other.from:other.to] == text {
			return true
		}
	}
	return false
}

// value reads a scalar, or the bracket that opens an object or a list.
func (p *plain) value(name span) (opened, ok bool) {
	if p.at == len(p.json) {
		return false, false
	}
	n := node{name: name, end: int32(len(p.nodes) + 1)}
	switch c := p.json[p.at]; c {
	case '"':
		n.kind, ok = '"', p.string(&n.text)
	case '{', '[':
		if p.depth == plainDepth {
			return false, false
		}
		p.open[p.depth], p.names[p.depth] = int32(len(p.nodes)), 0
		p.depth++
		p.at++
		n.kind, opened, ok = jsontext.Kind(c), true, true
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
	return opened, ok && len(p.nodes)-1 <= p.bounds.Values && p.depth <= p.bounds.Depth
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
	at := p.at
	if p.json[at] == '-' {
		at++
	}
	digits := at
	for at < len(p.json) && p.json[at]-'0' <= 9 {
		at++
	}
	*to = span{int32(p.at), int32(at)}
	p.at = at
	return at > digits && (p.json[digits] != '0' || at == digits+1)
}

func (p *plain) literal(word string) bool {
	if len(p.json)-p.at < len(word) || p.json[p.at:p.at+len(word)] != word {
		return false
	}
	p.at += len(word)
	return true
}
