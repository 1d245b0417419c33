package document

import (
	"reflect"
	"strings"
	"unicode"
)

// shape is a type of the document, taken apart once for each Parse.
type shape struct {
	kind   kind
	typ    reflect.Type
	words  string // what to write: "a list of strings"
	elem   *shape // of a list, dictionary or pointer
	fields []field
	index  map[string]int // name of a member to its place in fields
	groups []group
}

type kind uint8

const (
	kindCustom kind = iota + 1
	kindText
	kindBoolean
	kindWhole
	kindNumber
	kindObject
	kindDictionary
	kindList
	kindPointer
)

// field is a member of an object.
type field struct {
	name   string
	place  int // index of the struct's field
	shape  *shape
	rule   rule
	with   string
	later  bool
	secret bool
	preset reflect.Value // the default; not valid without one
}

// group is members of which exactly one is given, or none beside the member
// unless, where that is not empty.
type group struct {
	name    string
	unless  string
	members []int
}

// maxMembers is how many members an object can have: they are remembered in
// the bits of one word.
const maxMembers = 64

// typeDepth is how deep the types of a document stand in one another; a test
// holds them to it.
const typeDepth = 16

// notation is a type with a notation of its own.
type notation interface {
	decode(*decoder, *rule)
	words() string
}

// shapes is the types that were taken apart already.
type shapes map[reflect.Type]*shape

// of takes a type apart, and those that it is made of.
//
//vmlint:bounded typeDepth
func (m shapes) of(t reflect.Type) *shape {
	if s := m[t]; s != nil {
		return s
	}
	s := &shape{typ: t}
	m[t] = s
	if n, ok := reflect.New(t).Interface().(notation); ok {
		s.kind, s.words = kindCustom, n.words()
		return s
	}
	switch t.Kind() {
	case reflect.String:
		s.kind, s.words = kindText, "a string"
	case reflect.Bool:
		s.kind, s.words = kindBoolean, "true or false"
	case reflect.Int, reflect.Int64:
		s.kind, s.words = kindWhole, "a whole number"
	case reflect.Float64:
		s.kind, s.words = kindNumber, "a number"
	case reflect.Struct:
		s.kind, s.words = kindObject, "an object"
		m.take(s)
	case reflect.Map:
		s.kind, s.words, s.elem = kindDictionary, "an object", m.of(t.Elem())
	case reflect.Slice:
		s.kind, s.elem = kindList, m.of(t.Elem())
		s.words = "a list of " + s.elem.plural()
	case reflect.Pointer:
		s.kind, s.elem = kindPointer, m.of(t.Elem())
		s.words = s.elem.words
	default:
		panic("document: no notation for " + t.String())
	}
	return s
}

// plural names several values of a shape.
func (s *shape) plural() string {
	switch {
	case s.kind == kindText:
		return "strings"
	case s.kind == kindObject:
		return "objects"
	}
	return "values, each " + s.words
}

// take reads the members of an object from its type and their tags.
func (m shapes) take(s *shape) {
	if s.typ.NumField() > maxMembers {
		panic("document: too many members in " + s.typ.String())
	}
	s.index = make(map[string]int, s.typ.NumField())
	s.fields = make([]field, 0, s.typ.NumField())
	for i := range s.typ.NumField() {
		sf := s.typ.Field(i)
		tag := sf.Tag
		f := field{
			name: tag.Get("json"), place: i, shape: m.of(sf.Type), rule: newRule(tag, sf.Type),
			with: tag.Get("with"), later: tag.Get("later") == "true", secret: tag.Get("secret") == "true",
		}
		if text, ok := tag.Lookup("default"); ok {
			f.preset = m.preset(text, &f)
		}
		s.index[f.name] = i
		s.fields = append(s.fields, f)
		if name := tag.Get("one"); name != "" {
			s.join(name, tag.Get("unless"), i)
		}
	}
}

// preset decodes a default. Zero values need none.
func (m shapes) preset(text string, f *field) reflect.Value {
	d := newDecoder([]byte(text), m)
	v := reflect.New(f.shape.typ).Elem()
	d.into(v, f.shape, &f.rule)
	if err := d.problems.Err(); err != nil || d.err != nil {
		panic("document: default of " + f.name + ": " + text)
	}
	if v.IsZero() {
		return reflect.Value{}
	}
	return v
}

func (s *shape) join(name, unless string, member int) {
	for i := range s.groups {
		if s.groups[i].name == name {
			s.groups[i].members = append(s.groups[i].members, member)
			return
		}
	}
	s.groups = append(s.groups, group{name: name, unless: unless, members: []int{member}})
}

// names lists the members that have a guard already; all of them when none has.
func (s *shape) names(members []int) []string {
	var now, all []string
	for _, i := range members {
		all = append(all, s.fields[i].name)
		if !s.fields[i].later {
			now = append(now, s.fields[i].name)
		}
	}
	if len(now) == 0 {
		return all
	}
	return now
}

// nearest returns the member that an unknown name probably means, or -1.
func (s *shape) nearest(name string) int {
	known := make([]string, len(s.fields))
	for i := range s.fields {
		known[i] = s.fields[i].name
	}
	best := Nearest(name, known)
	if best == "" {
		return -1
	}
	return s.index[best]
}

// fold takes away what people vary: case, and the mark between words.
func fold(name string) string {
	if len(name) > 64 {
		return ""
	}
	return strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c == ' ' {
			return -1
		}
		return unicode.ToLower(c)
	}, name)
}
