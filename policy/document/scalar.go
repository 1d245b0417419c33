package document

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
)

// maxWhole is the largest whole number that every JSON reader keeps: Istio and
// Envoy Gateway pass numbers on as float64 (RFC 7493 section 2.2).
const maxWhole = 1<<53 - 1

// text reads a string that is not empty.
func (d *decoder) text(words string) (string, bool) {
	if d.kind() != '"' {
		d.wrong(words)
		return "", false
	}
	raw, ok := d.value()
	if !ok {
		return "", false
	}
	text := unquote(raw)
	if text == "" {
		d.add("is empty", "write "+words)
	}
	return text, text != ""
}

// filled reads a string that is not empty; "" where it is not one.
func (d *decoder) filled(words string) string {
	text, _ := d.text(words)
	return text
}

// stringInto reads a string, which its member's tags may narrow.
func (d *decoder) stringInto(v reflect.Value, r *rule) {
	if d.kind() != '"' {
		d.wrong(r.string())
		return
	}
	text, ok := d.text(r.string())
	switch {
	case !ok:
	case len(r.enum) > 0 && !slices.Contains(r.enum, text),
		r.form != nil && !r.form.matches(text):
		d.found(d.quote(text), r.string())
	default:
		v.SetString(text)
	}
}

func (d *decoder) boolInto(v reflect.Value) {
	switch d.kind() {
	case 't':
		v.SetBool(true)
		d.skip()
	case 'f':
		d.skip()
	default:
		d.wrong("true or false")
	}
}

// whole reads a whole number: 5, 5.0 or 5e0.
func (d *decoder) whole(r *rule) (int64, bool) {
	want := r.number("a whole number")
	x, raw, ok := d.float(want)
	switch {
	case !ok:
		return 0, false
	case x != math.Trunc(x):
		d.found(raw, want)
		return 0, false
	case math.Abs(x) > maxWhole:
		d.found(raw, want+"; past 9007199254740991 a number in JSON is not exact, see Numbers in docs/policy.md")
		return 0, false
	case r.outside(x):
		d.found(raw, want)
		return 0, false
	}
	return int64(x), true
}

// number reads any number.
func (d *decoder) number(r *rule) (float64, bool) {
	want := r.number("a number")
	x, raw, ok := d.float(want)
	if ok && r.outside(x) {
		d.found(raw, want)
		return 0, false
	}
	return x, ok
}

// float reads a number and its text as far as a message shows it.
func (d *decoder) float(want string) (x float64, raw string, ok bool) {
	if d.kind() != '0' {
		d.wrong(want)
		return 0, "", false
	}
	token, ok := d.value()
	if !ok {
		return 0, "", false
	}
	raw = d.shown(string(token))
	x, err := strconv.ParseFloat(string(token), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsInf(x, 0) {
		d.found(raw, want)
		return 0, "", false
	}
	return x, raw, true
}
