package schema

import (
	"reflect"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// member is a member of an object, as its tags describe it.
type member struct {
	name, doc, preset string
	typ               reflect.Type
	required, later   bool
	enum              []string
	form, keys        *document.Form
	min, max, above   string
	one, unless, with string
}

// members reads the tags of a struct.
func members(t reflect.Type) []member {
	all := make([]member, t.NumField())
	for i := range all {
		f := t.Field(i)
		get := f.Tag.Get
		m := member{
			name: get("json"), doc: get("doc"), preset: get("default"), typ: f.Type,
			required: get("required") == "true", later: get("later") == "true",
			form: document.Forms[get("form")], keys: document.Forms[get("keys")],
			min: get("min"), max: get("max"), above: get("above"), one: get("one"), unless: get("unless"), with: get("with"),
		}
		if enum := get("enum"); enum != "" {
			m.enum = strings.Split(enum, ",")
		}
		all[i] = m
	}
	return all
}

const notYet = "Not supported yet."

// description is what is said of a member.
func (m member) description() string {
	if m.later {
		return m.doc + " " + notYet
	}
	return m.doc
}
