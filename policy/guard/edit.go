package guard

// Op is what an Edit does with a header. The zero value is no edit at all and
// is refused by the door.
type Op uint8

// The operations. Add is for a header that is known to be absent, or that may
// repeat; Replace removes every copy and sets one.
const (
	Remove Op = iota + 1
	Add
	Replace
)

// Edit is one change to the headers of the request that goes upstream, or of
// the response that goes to the client. Name is lower-case and Value holds no
// CR, LF or NUL: the host does not check what a filter emits.
type Edit struct {
	Op    Op
	Name  string
	Value string
}

// Edits are carried out in order.
type Edits []Edit

// Remove records that every copy of a header is taken away.
func (e *Edits) Remove(name string) { *e = append(*e, Edit{Op: Remove, Name: name}) }

// Add records one more header field.
func (e *Edits) Add(name, value string) { *e = append(*e, Edit{Op: Add, Name: name, Value: value}) }

// Replace records that a header has this one value.
func (e *Edits) Replace(name, value string) {
	*e = append(*e, Edit{Op: Replace, Name: name, Value: value})
}
