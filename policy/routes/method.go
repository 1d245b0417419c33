package routes

import (
	"fmt"
	"slices"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/hygiene"
)

// methodSet is a set of methods: bit i is the i-th method that the document
// names anywhere, and unnamedMethod every method that it does not name.
type methodSet uint64

const (
	unnamedMethod methodSet = 1 << 63
	anyMethod     methodSet = 1<<64 - 1
	maxMethods              = 63
)

// methodNames gives methods their bits.
type methodNames []string

// bit returns the set of one method, as a request has it.
func (m methodNames) bit(method string) methodSet {
	for i := range m {
		if m[i] == method {
			return 1 << i
		}
	}
	return unnamedMethod
}

// add returns the set of one method, and gives it a bit when it has none.
// ok is false when there is none left.
func (m *methodNames) add(method string) (set methodSet, ok bool) {
	if set = m.bit(method); set != unnamedMethod {
		return set, true
	}
	if len(*m) == maxMethods {
		return 0, false
	}
	*m = append(*m, method)
	return m.bit(method), true
}

// parse reads the methods of a route; none at all is any method. GET includes
// HEAD (RFC 9110 section 9.3.2: the same, without the content).
func (m *methodNames) parse(texts []string, at document.Path, p *document.Problems) (set methodSet, ok bool) {
	if len(texts) == 0 {
		return anyMethod, true
	}
	ok = true
	for i, text := range texts {
		found, remedy := "", ""
		bits, known := m.add(text)
		switch {
		case !hygiene.ValidMethod(text):
			found, remedy = fmt.Sprintf("is %q", text), "write a method in upper-case letters, digits and '-', like \"POST\""
		case slices.Contains(texts[:i], text):
			found, remedy = fmt.Sprintf("is %q again", text), "write each method once"
		case !known:
			found, remedy = fmt.Sprintf("is %q, one method too many", text), fmt.Sprintf("name at most %d different methods in a policy", maxMethods)
		}
		if found != "" {
			p.Add(at.Index(i), found, remedy)
			ok = false
		}
		set |= bits
	}
	if slices.Contains(texts, "GET") {
		head, known := m.add("HEAD")
		if !known {
			p.Add(at, "includes HEAD by GET, one method too many", fmt.Sprintf("name at most %d different methods in a policy", maxMethods))
		}
		set, ok = set|head, ok && known
	}
	return set, ok
}
