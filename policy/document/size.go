package document

import "math"

// Size is a number of bytes, written 65536, "64KiB" or "1MiB".
type Size int64

// SizePattern is the form of a Size that is a string, as a regular expression.
const SizePattern = `^0*[1-9][0-9]*(?:B|KiB|MiB|GiB)$`

const sizeWords = `a size such as 65536, "64KiB" or "1MiB"`

// ParseSize reads a size that is written as a string. It refuses zero, and
// more than a whole number can be in JSON.
func ParseSize(text string) (Size, bool) {
	number, unit, after := cutUnit(text)
	shift := 0
	switch unit {
	case "B":
	case "KiB":
		shift = 10
	case "MiB":
		shift = 20
	case "GiB":
		shift = 30
	default:
		return 0, false
	}
	if number < 1 || after != "" || number > maxWhole>>shift {
		return 0, false
	}
	return Size(number << shift), true
}

// decode reads a size; the bounds of r are in bytes.
func (s *Size) decode(d *decoder, r *rule) {
	if d.kind() == '0' {
		if n, ok := d.whole(&rule{hasMin: true, min: 1, minText: "1", hasMax: r.hasMax, max: min(r.max, math.MaxInt64), maxText: r.maxText}); ok {
			*s = Size(n)
		}
		return
	}
	text, ok := d.text(sizeWords)
	if !ok {
		return
	}
	value, ok := ParseSize(text)
	switch {
	case !ok:
		d.found(d.quote(text), sizeWords)
	case r.outside(float64(value)):
		d.found(d.quote(text), "a size "+r.span())
	default:
		*s = value
	}
}

func (*Size) words() string { return sizeWords }
