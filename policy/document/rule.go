package document

import (
	"reflect"
	"strconv"
	"strings"
)

// rule is what the tags of a member ask of its value.
type rule struct {
	required         bool
	enum             []string
	form, keys       *Form
	hasMin, hasMax   bool
	exclusive        bool // the value is not min itself
	min, max         float64
	minText, maxText string
}

// newRule reads the tags of a member whose values are of type t. Tags are part
// of the program: one that cannot be read is a panic, and a test builds them all.
func newRule(tag reflect.StructTag, t reflect.Type) rule {
	r := rule{required: tag.Get("required") == "true", form: formOf(tag, "form"), keys: formOf(tag, "keys")}
	if enum := tag.Get("enum"); enum != "" {
		r.enum = strings.Split(enum, ",")
	}
	if r.minText, r.hasMin = tag.Lookup("min"); !r.hasMin {
		r.minText, r.exclusive = tag.Lookup("above")
		r.hasMin = r.exclusive
	}
	r.maxText, r.hasMax = tag.Lookup("max")
	if r.hasMin {
		r.min = bound(r.minText, t)
	}
	if r.hasMax {
		r.max = bound(r.maxText, t)
	}
	return r
}

func formOf(tag reflect.StructTag, key string) *Form {
	name := tag.Get(key)
	form := Forms[name]
	if name != "" && form == nil {
		panic("document: no form is called " + name)
	}
	return form
}

// bound reads a min or max in the notation of the member's type.
func bound(text string, t reflect.Type) float64 {
	var value float64
	ok := true
	switch t {
	case reflect.TypeFor[Duration]():
		var d Duration
		d, ok = ParseDuration(text)
		value = float64(d)
	case reflect.TypeFor[Size]():
		var s Size
		s, ok = ParseSize(text)
		value = float64(s)
	default:
		var err error
		value, err = strconv.ParseFloat(text, 64)
		ok = err == nil
	}
	if !ok {
		panic("document: " + text + " is no bound")
	}
	return value
}

// outside tells whether a number is out of the bounds.
func (r *rule) outside(x float64) bool {
	return r.hasMin && (x < r.min || r.exclusive && x == r.min) || r.hasMax && x > r.max
}

// span says the bounds, to stand behind "a number"; empty without bounds.
func (r *rule) span() string {
	switch {
	case r.exclusive && r.hasMax:
		return "above " + r.minText + ", up to " + r.maxText
	case r.exclusive:
		return "above " + r.minText
	case r.hasMin && r.hasMax:
		return "from " + r.minText + " to " + r.maxText
	case r.hasMin:
		return "of " + r.minText + " or more"
	case r.hasMax:
		return "up to " + r.maxText
	}
	return ""
}

// number says which numbers are right.
func (r *rule) number(kind string) string {
	if r.hasMin && r.hasMax && r.min == r.max {
		return r.minText
	}
	return strings.TrimSuffix(kind+" "+r.span(), " ")
}

// string says which strings are right.
func (r *rule) string() string {
	switch {
	case len(r.enum) > 0:
		return choice(r.enum)
	case r.form != nil:
		return r.form.Words
	}
	return "a string"
}

// choice says: "a", "b" or "c".
func choice(names []string) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(name))
	}
	return b.String()
}
