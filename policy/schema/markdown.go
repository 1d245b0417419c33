package schema

import (
	_ "embed"
	"fmt"
	"reflect"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

//go:embed intro.md
var intro string

// Markdown returns the manual's reference of the policy: what holds everywhere,
// and a table of the members of every object.
func Markdown() []byte {
	root := section{title: "The policy", typ: reflect.TypeFor[document.Document]()}
	m := manual{homes: map[reflect.Type]section{}}
	m.settle(root, false)
	m.settle(root, true)
	m.out.WriteString(intro)
	m.write(root)
	return []byte(m.out.String())
}

// manual is the reference while it is written. An object that stands in several
// places is described at its home: the first that is supported, else the first.
type manual struct {
	out   strings.Builder
	homes map[reflect.Type]section
}

// section describes one object.
type section struct {
	title string
	path  string
	typ   reflect.Type
	later bool
}

// inner lists the objects inside of an object.
func (s section) inner() []section {
	var all []section
	for _, member := range members(s.typ) {
		inner, suffix := innermost(member.typ)
		if inner.Kind() == reflect.Struct && notations[inner] == nil {
			path := strings.TrimPrefix(s.path+"."+member.name, ".") + suffix
			all = append(all, section{title: "`" + path + "`", path: path, typ: inner, later: s.later || member.later})
		}
	}
	return all
}

// settle gives every object a home, those in sections that are not supported
// yet only if they are asked for.
func (m *manual) settle(s section, later bool) {
	if home, ok := m.homes[s.typ]; s.later && !later || ok && home.path != s.path {
		return
	}
	m.homes[s.typ] = s
	for _, inner := range s.inner() {
		m.settle(inner, later)
	}
}

// innermost returns the type inside of pointers, lists and maps, and what a path
// has for them.
func innermost(t reflect.Type) (inner reflect.Type, suffix string) {
	for {
		switch {
		case notations[t] != nil:
			return t, suffix
		case t.Kind() == reflect.Pointer:
		case t.Kind() == reflect.Slice:
			suffix += "[]"
		case t.Kind() == reflect.Map:
			suffix += ".NAME"
		default:
			return t, suffix
		}
		t = t.Elem()
	}
}

// anchor is the name under which a heading can be linked to.
func anchor(title string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c == ' ':
			return '-'
		}
		return -1
	}, title)
}

// write writes the table of an object and those of the objects inside of it.
func (m *manual) write(s section) {
	if m.homes[s.typ].path != s.path {
		return
	}
	fmt.Fprintf(&m.out, "\n### %s\n\n", s.title)
	if s.later {
		m.out.WriteString(notYet + "\n\n")
	}
	m.out.WriteString("| member | type | required | default | meaning |\n|---|---|---|---|---|\n")
	for _, member := range members(s.typ) {
		meaning := member.doc
		if member.later && !s.later {
			meaning = member.description()
		}
		fmt.Fprintf(&m.out, "| `%s` | %s | %s | %s | %s |\n", member.name, m.kind(member.typ, member), need(member), preset(member), cell(meaning))
	}
	for _, inner := range s.inner() {
		m.write(inner)
	}
}

// need says whether a member must be given.
func need(m member) string {
	switch {
	case m.required:
		return "yes"
	case m.one != "":
		return "one of these"
	case m.with != "":
		return "only with `" + m.with + "`"
	}
	return ""
}

func preset(m member) string {
	if m.preset == "" {
		return ""
	}
	return "`" + m.preset + "`"
}

// cell escapes what would end a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// kind says which values a member takes.
func (m *manual) kind(t reflect.Type, of member) string {
	if link, ok := notationLinks[t]; ok {
		return link + span(of)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return m.kind(t.Elem(), of)
	case reflect.Struct:
		return "[object](#" + anchor(m.homes[t].title) + ")"
	case reflect.Map:
		return m.mapOf(t.Elem(), of)
	case reflect.Slice:
		return "list of " + plural(m.kind(t.Elem(), of))
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "number" + span(of)
	case reflect.Int, reflect.Int64:
		return "[whole number](#numbers)" + span(of)
	}
	return stringKind(of)
}

func plural(kind string) string {
	if kind == "string" {
		return "strings"
	}
	return strings.Replace(kind, "[object]", "[objects]", 1)
}

func (m *manual) mapOf(elem reflect.Type, of member) string {
	names := "any name"
	if of.keys == document.Forms["name"] && of.keys != nil {
		names = "[name](#names)"
	}
	return "object of " + names + " to " + m.kind(elem, member{})
}

// stringKind says which strings a member takes.
func stringKind(of member) string {
	switch {
	case len(of.enum) > 0:
		return "`\"" + strings.Join(of.enum, "\"`, `\"") + "\"`"
	case of.form == document.Forms["name"] && of.form != nil:
		return "[name](#names)"
	}
	return "string"
}

// span says the bounds of a number or a duration.
func span(of member) string {
	low := of.min
	switch {
	case low != "" && low == of.max:
		return ": " + low
	case low != "" && of.max != "":
		return ", " + low + " to " + of.max
	case of.above != "" && of.max != "":
		return " above " + of.above + ", up to " + of.max
	case low != "":
		return ", " + low + " or more"
	case of.max != "":
		return ", up to " + of.max
	}
	return ""
}

// notationLinks leads from a notation to its explanation in the intro.
var notationLinks = map[reflect.Type]string{
	reflect.TypeFor[document.Duration]():    "[duration](#durations)",
	reflect.TypeFor[document.Size]():        "[size](#sizes)",
	reflect.TypeFor[document.Time]():        "[time](#times)",
	reflect.TypeFor[document.Secret]():      "[secret](#secrets)",
	reflect.TypeFor[document.Requirement](): "[requirement](#requirements)",
	reflect.TypeFor[document.NameSet]():     "[name set](#requirements)",
	reflect.TypeFor[document.Cost]():        "[cost](#costs)",
	reflect.TypeFor[document.RouteLimit]():  "[limits](#limits-of-a-route)",
	reflect.TypeFor[document.Audiences]():   "[audiences](#audiences)",
	reflect.TypeFor[document.RouteCORS]():   "[cors](#cors) or `\"none\"`",
	reflect.TypeFor[document.RouteCSRF]():   "[csrf](#csrf) or `\"none\"`",
	reflect.TypeFor[document.Raw]():         "any JSON object",
}
