package claims

import "strings"

// find returns the index of the claim of a name; -1 for none. Dots reach into objects:
// realm_access.roles is the member roles of realm_access. In each object the
// longest beginning of the name that is a member is taken, because names may
// have dots of their own (RFC 7519 section 4.2: https://example.com/roles).
func (s *Set) find(name string) int {
	if s == nil {
		return -1
	}
	size := len(name)
	for i := 1; i < len(s.nodes); i = int(s.nodes[i].end) {
		n := s.nodes[i].name
		if int(n.to-n.from) != size {
			continue
		}
		// Many names have three letters, and of those each another one at its end.
		if size == 0 || s.text[n.to-1] == name[size-1] && s.part(n) == name {
			return i
		}
	}
	if strings.IndexByte(name, '.') < 0 {
		return -1
	}
	return s.reach(name)
}

// reach is find for a name with dots that is none of the whole set's members.
func (s *Set) reach(name string) int {
	at := 0
	for {
		n, rest := s.longest(at, name)
		if n < 0 || rest == "" {
			return n
		}
		at, name = n, rest
	}
}

// longest returns the member of the object at an index that has the longest
// beginning of name, and what of the name is left; -1 for none. What is not the
// whole name must be an object.
func (s *Set) longest(object int, name string) (member int, rest string) {
	member = -1
	best := -1
	for i := object + 1; i < int(s.nodes[object].end); i = int(s.nodes[i].end) {
		n := &s.nodes[i]
		size := int(n.name.to - n.name.from)
		if size == len(name) && s.part(n.name) == name {
			return i, ""
		}
		if n.kind != '{' || size <= best || len(name) <= size+1 || name[size] != '.' || !strings.HasPrefix(name, s.part(n.name)) {
			continue
		}
		member, best = i, size
	}
	if member < 0 {
		return -1, ""
	}
	return member, name[best+1:]
}
