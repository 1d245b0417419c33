package document

import (
	"math"
	"time"
)

// Duration is a length of time in nanoseconds, written "250ms", "5s", "15m",
// "1h", "30d" or several of them from large to small: "1h30m". Zero: absent,
// or "0s" where a member's min allows it.
type Duration int64

// DurationPattern is the form of a Duration as a regular expression.
const DurationPattern = `^(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$`

const durationWords = `a duration such as "250ms", "5s", "15m", "1h" or "30d"`

var durationUnits = [...]struct {
	name string
	size int64
}{
	{"d", int64(24 * time.Hour)},
	{"h", int64(time.Hour)},
	{"m", int64(time.Minute)},
	{"s", int64(time.Second)},
	{"ms", int64(time.Millisecond)},
}

// ParseDuration reads a duration as the document writes it. It refuses one of
// more than 292 years, which has no number of nanoseconds.
func ParseDuration(text string) (Duration, bool) {
	total, next := int64(0), 0
	for rest := text; rest != ""; {
		number, unit, after := cutUnit(rest)
		i := next
		for i < len(durationUnits) && durationUnits[i].name != unit {
			i++
		}
		if i == len(durationUnits) || number < 0 || number > (math.MaxInt64-total)/durationUnits[i].size {
			return 0, false
		}
		total, next, rest = total+number*durationUnits[i].size, i+1, after
	}
	return Duration(total), text != ""
}

// cutUnit splits "90m5s" into 90, "m" and "5s". A negative number: there was
// none, or too large a one.
func cutUnit(text string) (number int64, unit, after string) {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		if number > math.MaxInt64/10-1 {
			return -1, "", ""
		}
		number = number*10 + int64(text[i]-'0')
		i++
	}
	if i == 0 {
		return -1, "", ""
	}
	start := i
	for i < len(text) && (text[i] < '0' || text[i] > '9') {
		i++
	}
	return number, text[start:i], text[i:]
}

// decode reads a duration; the bounds of r are in nanoseconds.
func (t *Duration) decode(d *decoder, r *rule) {
	text, ok := d.text(durationWords)
	if !ok {
		return
	}
	value, ok := ParseDuration(text)
	switch {
	case !ok:
		d.found(d.quote(text), durationWords)
	case value == 0 && !r.hasMin:
		d.found(d.quote(text), "a duration longer than zero, or remove it")
	case r.outside(float64(value)):
		d.found(d.quote(text), "a duration "+r.span())
	default:
		*t = value
	}
}

func (*Duration) words() string { return durationWords }
