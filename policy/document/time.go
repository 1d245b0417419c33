package document

import "time"

// Time is a Unix time in nanoseconds, written as RFC 3339. Zero: absent.
type Time int64

// TimePattern is the form of a Time as a regular expression. (What it cannot
// say: there is no 30th of February.)
const TimePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})$`

const timeWords = `a time such as "2026-01-31T12:00:00Z" (RFC 3339), between 1970 and 2262`

// ParseTime reads a time as the document writes it. Times outside of 1970 to
// 2262 have no number of nanoseconds, or none that differs from an absent one.
func ParseTime(text string) (Time, bool) {
	// time.Parse takes a comma in the fraction and one digit for the hour.
	const shape = "0000-00-00T00:00:00"
	if len(text) <= len(shape) {
		return 0, false
	}
	for i := range len(shape) {
		if digit := text[i] >= '0' && text[i] <= '9'; digit != (shape[i] == '0') || !digit && text[i] != shape[i] {
			return 0, false
		}
	}
	if text[len(shape)] == ',' {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Unix() <= 0 || t.Year() >= 2262 {
		return 0, false
	}
	return Time(t.UnixNano()), true
}

// decode reads a time.
func (t *Time) decode(d *decoder, _ *rule) {
	text, ok := d.text(timeWords)
	if !ok {
		return
	}
	value, ok := ParseTime(text)
	if !ok {
		d.found(d.quote(text), timeWords)
		return
	}
	*t = value
}

func (*Time) words() string { return timeWords }
