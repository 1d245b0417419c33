package document

import "github.com/go-json-experiment/json/jsontext"

// Raw is a JSON object that another standard defines (a JSON Schema, a key
// set), as it stands in the document.
type Raw []byte

// decode copies an object. Its members are not known here, but none may be
// there twice.
func (r *Raw) decode(d *decoder, _ *rule) {
	if d.kind() != '{' {
		d.wrong("an object")
		return
	}
	text, ok := d.value()
	switch {
	case !ok:
	case !jsontext.Value(text).IsValid():
		d.add("has an object in it with a member that is given twice", "keep one of them")
	case len(text) == 2 || isEmptyObject(text):
		d.add("is empty", "write at least one member, or leave it out")
	default:
		*r = append(Raw(nil), text...)
	}
}

// isEmptyObject tells whether an object that is sound JSON has no member.
func isEmptyObject(text []byte) bool {
	for _, c := range text[1:] {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c == '}'
		}
	}
	return true
}

func (*Raw) words() string { return "an object" }
