package stores

import (
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// opens reads a token of a kind.
func opens(d *jsontext.Decoder, kind jsontext.Kind) bool {
	t, err := d.ReadToken()
	return err == nil && t.Kind() == kind
}

// says reads a string.
func says(d *jsontext.Decoder, text string) bool {
	t, err := d.ReadToken()
	return err == nil && t.Kind() == '"' && t.String() == text
}

// number reads a whole number from least to most, written as one.
func number(d *jsontext.Decoder, least, most int64) (n int64, ok bool) {
	t, err := d.ReadToken()
	if err != nil || t.Kind() != '0' {
		return 0, false
	}
	n, err = strconv.ParseInt(t.String(), 10, 64)
	return n, err == nil && n >= least && n <= most
}

// ends tells whether nothing is left but white space.
func ends(d *jsontext.Decoder) bool {
	_, err := d.ReadToken()
	return err == io.EOF
}

// text reads a string.
func text(d *jsontext.Decoder) (string, error) {
	t, err := d.ReadToken()
	if err != nil || t.Kind() != '"' {
		return "", errForm
	}
	return t.String(), nil
}

// object reads an object, member by member:
//
//	o := object{d: d}
//	for o.next() {
//		switch o.name { … } // reads the value, and sets o.err
//	}
//	return o.err
//
// The decoder refuses a name that is there twice.
type object struct {
	d    *jsontext.Decoder
	name string
	err  error

	begun bool
}

// next reads the next name, or the end.
func (o *object) next() bool {
	if o.err == nil && !o.begun && !opens(o.d, '{') {
		o.err = errForm
	}
	o.begun = true
	switch {
	case o.err != nil:
		return false
	case o.d.PeekKind() == '"':
		o.name, o.err = text(o.d)
		return o.err == nil
	case !opens(o.d, '}'):
		o.err = errForm
	}
	return false
}
