package signature

import (
	"math"
	"strconv"
	"time"
)

// Unit is how a timestamp is written.
type Unit uint8

// The units.
const (
	Seconds Unit = iota
	Milliseconds
	RFC3339
)

var units = map[string]Unit{"seconds": Seconds, "milliseconds": Milliseconds, "rfc3339": RFC3339}

// maxDigits and maxDate bound a timestamp: 13 digits are milliseconds until the
// year 2286.
const (
	maxDigits = 13
	maxDate   = 35 // nanoseconds and an offset
)

// Parse returns the time that a text says, in nanoseconds since 1970. What is
// further ahead than int64 reaches is its largest value.
func (u Unit) Parse(text string) (ns int64, ok bool) {
	switch u {
	case RFC3339:
		return parseDate(text)
	case Milliseconds:
		return parseDigits(text, int64(time.Millisecond))
	}
	return parseDigits(text, int64(time.Second))
}

// parseDigits takes digits only: signs, spaces and points are no timestamp. Zeros in
// front are none either: they could be the end of what is signed before it.
func parseDigits(text string, unit int64) (ns int64, ok bool) {
	if text == "" || len(text) > maxDigits || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		ns = ns*10 + int64(text[i]-'0')
	}
	if ns > math.MaxInt64/unit {
		return math.MaxInt64, true
	}
	return ns * unit, true
}

func parseDate(text string) (ns int64, ok bool) {
	if len(text) > maxDate {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1970 || t.Year() > 2261 { // int64 ends in 2262
		return 0, false
	}
	return t.UnixNano(), true
}

// Append writes a time.
func (u Unit) Append(dst []byte, ns int64) []byte {
	switch u {
	case RFC3339:
		return time.Unix(0, ns).UTC().AppendFormat(dst, time.RFC3339)
	case Milliseconds:
		return strconv.AppendInt(dst, ns/int64(time.Millisecond), 10)
	}
	return strconv.AppendInt(dst, ns/int64(time.Second), 10)
}
