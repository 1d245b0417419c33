package document

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// decoder reads one document. It takes the tokens as they come and goes on
// after a problem, so that its author sees all of them; err ends it.
type decoder struct {
	json     []byte
	tokens   *jsontext.Decoder
	shapes   shapes
	steps    []step
	problems Problems
	quiet    int // above 0: nothing of the values is quoted
	err      error
}

// step is one part of the path to where the decoder is: a member, or with
// index >= 0 an element.
type step struct {
	name  string
	index int
}

// maxProblems is how many problems a document may show before the decoder
// gives up on it.
const maxProblems = 100

var errTooMany = errors.New("document: too many problems")

func newDecoder(json []byte, known shapes) *decoder {
	// Duplicate members are found by us: to jsontext they are the end.
	tokens := jsontext.NewDecoder(bytes.NewBuffer(json), jsontext.AllowDuplicateNames(true))
	return &decoder{json: json, tokens: tokens, shapes: known}
}

// here returns the path to where the decoder is.
func (d *decoder) here() Path {
	var p Path
	for _, s := range d.steps {
		switch {
		case s.index >= 0:
			p = p.Index(s.index)
		default:
			p = p.Key(s.name)
		}
	}
	return p
}

func (d *decoder) enter(name string) { d.steps = append(d.steps, step{name: name, index: -1}) }
func (d *decoder) item(i int)        { d.steps = append(d.steps, step{index: i}) }
func (d *decoder) leave()            { d.steps = d.steps[:len(d.steps)-1] }

// add records a problem of the value where the decoder is.
func (d *decoder) add(found, remedy string) { d.record(Problem{Found: found, Remedy: remedy}) }

// addAt records a problem whose place is known: a second member has the path
// of the first.
func (d *decoder) addAt(offset int64, found, remedy string) {
	d.record(Problem{Found: found, Remedy: remedy, Offset: offset, placed: true})
}

func (d *decoder) record(p Problem) {
	if d.err != nil {
		return
	}
	p.Path = d.here()
	d.problems.list = append(d.problems.list, p)
	if len(d.problems.list) == maxProblems {
		d.err = errTooMany
		last := Problem{Found: "has more problems", Remedy: "correct these first", Offset: d.next(), placed: true}
		d.problems.list = append(d.problems.list, last)
	}
}

// found records what a value is, and what it should be.
func (d *decoder) found(is, want string) {
	if d.quiet > 0 {
		d.add("is not right", "write "+want)
		return
	}
	d.add("is "+is, "write "+want)
}

// later records a section whose guard is not built yet.
func (d *decoder) later() {
	d.add("is not supported yet", "remove it, or use a version of Sallyport that has it")
}

// unknown records the member where the decoder is as one that nobody knows, and
// skips it.
func (d *decoder) unknown(remedy string) {
	d.add("is not known", remedy)
	d.skip()
}

// wrong records that the value has another type than it should, and skips it.
func (d *decoder) wrong(want string) {
	is := ""
	switch d.kind() {
	case 'n':
		is = "null"
	case 't', 'f':
		is = d.literal("true or false")
	case '"':
		is = "a string" // never quoted: a key or a secret, one bracket too few around it
		d.skip()
	case '0':
		is = d.literal("a number")
	case '{':
		is = "an object"
		d.skip()
	case '[':
		is = "a list"
		d.skip()
	default:
		d.skip() // not JSON
	}
	if is == "null" {
		d.skip()
		want += ", or remove it"
	}
	if d.err == nil {
		d.add("is "+is, "write "+want)
	}
}

// literal reads true, false or a number as a message shows it; under a secret
// it says only what it is.
func (d *decoder) literal(instead string) string {
	text, _ := d.value()
	if d.quiet > 0 {
		return instead
	}
	return d.shown(string(text))
}

// shown returns as much of a value as a message repeats.
func (d *decoder) shown(text string) string {
	if len(text) > MaxShown && len(d.steps) > 0 && d.steps[0].name == "identities" {
		return unquoted
	}
	return short(text)
}

func (d *decoder) quote(text string) string { return strconv.Quote(d.shown(text)) }

// kind returns the kind of the next token, as jsontext names it: n t f " 0 { } [ ].
// 0: there is none.
func (d *decoder) kind() jsontext.Kind {
	if d.err != nil {
		return 0
	}
	return d.tokens.PeekKind()
}

// next returns the offset of the next token.
func (d *decoder) next() int64 { return nextToken(d.json, d.tokens.InputOffset()) }

// token reads a bracket.
func (d *decoder) token() bool {
	if d.err != nil {
		return false
	}
	_, err := d.tokens.ReadToken()
	return err == nil || d.fail(err)
}

// value reads a whole value. It is valid until the next one is read.
func (d *decoder) value() ([]byte, bool) {
	if d.err != nil {
		return nil, false
	}
	value, err := d.tokens.ReadValue()
	if err != nil {
		return nil, d.fail(err)
	}
	return value, true
}

// skip passes over a value.
func (d *decoder) skip() {
	if d.err == nil {
		if err := d.tokens.SkipValue(); err != nil {
			d.fail(err)
		}
	}
}

// fail records that the text is not JSON, which ends the reading.
func (d *decoder) fail(err error) bool {
	at, why := int64(len(d.json)), "it ends too early"
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF):
		at, why = syntax.ByteOffset, syntax.Err.Error()
		if strings.Contains(why, "in string") { // the message would quote from it
			why = "a string has a character or an escape that cannot stand in one"
		}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
	default:
		why = err.Error()
	}
	d.addAt(at, "is not JSON", why+hint(d.json, at))
	d.err = err
	return false
}

// hint says what people most often mean by text that is not JSON.
func hint(json []byte, at int64) string {
	before := bytes.TrimRight(json[:min(at, int64(len(json)))], " \t\r\n")
	switch {
	case len(before) == 0:
		return "; the policy is text, an object that begins with {"
	case at < int64(len(json)) && json[at] == '/':
		return "; JSON has no comments"
	case at < int64(len(json)) && json[at] == ',':
		return "; a comma stands between two values and nowhere else"
	}
	return ""
}

// unquote returns the text of a JSON string that is sound.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return ""
	}
	return string(b)
}

// maxQuoted is how much of a value stands in a message.
const maxQuoted = 64

func quote(text string) string { return strconv.Quote(short(text)) }

// short cuts a text for a message; first it takes out what may be a key, of
// which the beginning would be left.
func short(text string) string {
	text = Redact(text)
	if len(text) <= maxQuoted {
		return text
	}
	return strings.ToValidUTF8(text[:maxQuoted], "") + "…"
}
