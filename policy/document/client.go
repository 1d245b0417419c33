package document

import "reflect"

// ClientReader reads what a directory answers: one client in the form that it
// has in a policy. It is made once and then only read.
type ClientReader struct{ shapes shapes }

// NewClientReader returns a reader.
func NewClientReader() *ClientReader {
	r := &ClientReader{shapes: shapes{}}
	r.shapes.of(reflect.TypeFor[Client]())
	return r
}

// Read reads a client as strictly as Parse reads a policy: what is not known,
// given twice, empty or of another type is an error. Its error is an *Error.
func (r *ClientReader) Read(json []byte) (*Client, error) {
	if problems := bounded(json); len(problems) > 0 {
		return nil, &Error{Problems: problems}
	}
	d, c := newDecoder(json, r.shapes), new(Client)
	d.everything(reflect.ValueOf(c).Elem())
	if problems := d.problems.List(); len(problems) > 0 {
		return nil, &Error{Problems: problems}
	}
	return c, nil
}
