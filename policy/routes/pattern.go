package routes

import (
	"fmt"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

// MaxSegments bounds the segments of a path pattern, and so the depth of the
// trie.
const MaxSegments = 32

// pattern is a path pattern. "/a/{id}/**" has the segments a and {id}, and rest.
type pattern struct {
	segments []segment
	rest     bool // ** at the end: zero or more further segments
	captures []capture
}

// segment matches one segment of a path: a literal in canonical form, or, when
// that is empty, any segment that is not.
type segment struct{ literal string }

// capture is a {name}: which segment it stands for.
type capture struct {
	name    string
	segment int
}

// parsePattern reads a path pattern, or records why it is none.
func parsePattern(text string, at document.Path, p *document.Problems) (pattern, bool) {
	var out pattern
	if !strings.HasPrefix(text, "/") {
		p.Addf(at, fmt.Sprintf("is %q", text), "write a path from the root, like %q", "/"+text)
		return out, false
	}
	if text == "/" {
		return out, true
	}
	texts := strings.Split(strings.TrimSuffix(text[1:], "/"), "/")
	if len(texts) > MaxSegments {
		p.Addf(at, fmt.Sprintf("has %d segments", len(texts)), "write at most %d; ** takes any rest", MaxSegments)
		return out, false
	}
	for i, s := range texts {
		found, remedy := out.add(s, i == len(texts)-1)
		if found != "" {
			p.Add(at, found, remedy)
			return out, false
		}
	}
	return out, true
}

// add appends the segment that text describes, or says what is wrong with it.
func (out *pattern) add(text string, last bool) (found, remedy string) {
	switch {
	case text == "":
		return "has an empty segment", "write one slash between segments: repeated slashes of a request are merged before it is matched"
	case text == "**" && !last:
		return "has ** before its end", "write ** as the last segment only; * takes one segment"
	case text == "**":
		out.rest = true
	case text == "*":
		out.segments = append(out.segments, segment{})
	case text[0] == '{' && text[len(text)-1] == '}':
		return out.addCapture(text[1 : len(text)-1])
	case strings.ContainsAny(text, "*{}"):
		return fmt.Sprintf("has the segment %q", text),
			"{name}, * and ** stand for whole segments; write %2A, %7B and %7D for the characters themselves"
	default:
		return out.addLiteral(text)
	}
	return "", ""
}

func (out *pattern) addCapture(name string) (found, remedy string) {
	known := func(c capture) bool { return c.name == name }
	switch {
	case !validCapture(name):
		return fmt.Sprintf("has the segment %q", "{"+name+"}"),
			"write a name of lower-case letters, digits and '_' that begins with a letter"
	case slices.ContainsFunc(out.captures, known):
		return fmt.Sprintf("has {%s} twice", name), "give each segment a name of its own, or write *"
	case len(out.captures) == guard.MaxCaptures:
		return fmt.Sprintf("has more than %d captures", guard.MaxCaptures), "write * for segments that no rule reads"
	}
	out.captures = append(out.captures, capture{name, len(out.segments)})
	out.segments = append(out.segments, segment{})
	return "", ""
}

// addLiteral takes a literal in any spelling that hygiene accepts of a request
// and keeps it in the one that requests are matched in. A ';' passes here: a
// policy without allow_path_parameters refuses requests that have one anyway.
func (out *pattern) addLiteral(text string) (found, remedy string) {
	found = fmt.Sprintf("has the segment %q", text)
	if text == "." || text == ".." {
		return found, "write the path that it resolves to: requests are resolved before they are matched"
	}
	if strings.ContainsAny(text, "?#") {
		return found, "leave query and fragment out: a route matches the path alone"
	}
	var scratch guard.Scratch
	path, ok := hygiene.NormalizePath("/"+text, &scratch, true)
	if !ok {
		return found + ", which no request can have", "percent-encode what is not ASCII as UTF-8, once; " +
			"slashes, backslashes, controls, spaces, dot segments and broken escapes are refused in requests"
	}
	out.segments = append(out.segments, segment{strings.Clone(path[1:])})
	return "", ""
}

// validCapture accepts [a-z][a-z0-9_]*.
func validCapture(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '_')) {
			return false
		}
	}
	return name != ""
}
