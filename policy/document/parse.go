package document

import "strconv"

// The bounds of a document. A stack that is too deep cannot be recovered from
// in WebAssembly, so the depth is known before anything recursive sees the text.
const (
	MaxSize  = 8 << 20
	MaxDepth = 64
)

// Parse reads a policy strictly. Its error is an *Error with all problems that
// the document has, in document order, each with its line and column. Text that
// is not JSON ends the search: what stands behind it is not judged. So does the
// hundredth problem.
func Parse(json []byte) (*Document, error) {
	problems := bounded(json)
	if len(problems) > 0 {
		return nil, &Error{Problems: problems}
	}
	d := newDecoder(json, shapes{})
	doc := d.document()
	if d.err == nil {
		uniqueRoutes(doc.Routes, &d.problems)
	}
	if problems := d.problems.List(); len(problems) > 0 {
		Sort(json, problems)
		if d.err != nil {
			doc = nil
		}
		return doc, &Error{Problems: problems}
	}
	return doc, nil
}

// bounded checks the size and the depth of a document.
func bounded(json []byte) []Problem {
	if len(json) > MaxSize {
		return []Problem{{Found: "has " + strconv.Itoa(len(json)) + " bytes", Remedy: "keep it within " + strconv.Itoa(MaxSize), Line: 1, Column: 1, placed: true}}
	}
	at := tooDeep(json)
	if at < 0 {
		return nil
	}
	p := Problem{Found: "has more than " + strconv.Itoa(MaxDepth) + " lists and objects inside one another", Remedy: "no policy needs that", Offset: int64(at), placed: true}
	problems := []Problem{p}
	Sort(json, problems)
	return problems
}

// tooDeep returns the offset of the first bracket past MaxDepth, or -1. It only
// counts: whether the text is JSON is for others to say.
func tooDeep(json []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(json); i++ {
		switch c := json[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return i
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}

// uniqueRoutes finds routes whose name another route has.
func uniqueRoutes(routes []Route, p *Problems) {
	first := make(map[string]int, len(routes))
	for i := range routes {
		name := routes[i].Name
		j, taken := first[name]
		switch {
		case name == "":
		case taken:
			p.Add(Path("routes").Index(i).Key("name"), "is "+quote(name)+", the name of routes["+strconv.Itoa(j)+"] too", "write another name")
		default:
			first[name] = i
		}
	}
}
