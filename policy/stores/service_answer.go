package stores

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// serviceMax bounds an answer, in bytes: a status has a rule's name at most.
func serviceMax(asks int) int { return 2048 + asks*1024 }

// unlimited is what is left of a rule that limits nothing, and says so.
const unlimited = 1<<32 - 1

// readService reads a RateLimitResponse as JSON. Members that are not needed are
// passed over: newer services have more. What is needed must be there, and must
// not contradict itself.
func readService(body []byte, over bool, levels []Level) (denied int, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	code, listed := "", false
	denied = None
	o := object{d: d}
	for o.next() {
		switch o.name {
		case "overallCode":
			code, o.err = text(d)
		case "statuses":
			listed = true
			denied, o.err = readStatuses(d, levels)
		default:
			o.err = d.SkipValue()
		}
	}
	switch {
	case o.err != nil:
		return 0, o.err
	case !listed || !ends(d):
		return 0, errForm
	case over != (code == codeOver), over != (denied != None), !over && code != codeOK:
		return 0, errForm
	}
	return denied, nil
}

// The codes of an answer and of a status.
const (
	codeOK   = "OK"
	codeOver = "OVER_LIMIT"
)

// readStatuses reads one status for each descriptor, in their order.
func readStatuses(d *jsontext.Decoder, levels []Level) (denied int, err error) {
	denied = None
	if !opens(d, '[') {
		return 0, errForm
	}
	for i := range levels {
		var s status
		if err := s.read(d); err != nil {
			return 0, err
		}
		if levels[i], err = s.level(); err != nil {
			return 0, err
		}
		if s.code == codeOver && denied == None {
			denied = i
		}
	}
	if !opens(d, ']') {
		return 0, errForm
	}
	return denied, nil
}

// status is what the service says of one descriptor.
type status struct {
	code   string
	left   int64
	reset  time.Duration
	limit  int64
	window int64 // seconds; 0: no rule matched
}

func (s *status) read(d *jsontext.Decoder) error {
	o := object{d: d}
	for o.next() {
		switch o.name {
		case "code":
			s.code, o.err = text(d)
		case "limitRemaining":
			s.left, o.err = count(d)
		case "durationUntilReset":
			s.reset, o.err = seconds(d)
		case "currentLimit":
			o.err = s.readLimit(d)
		default:
			o.err = d.SkipValue()
		}
	}
	return o.err
}

// units are how long the service's windows are, in seconds.
var units = map[string]int64{
	"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 7 * 86400, "MONTH": 30 * 86400, "YEAR": 365 * 86400,
}

func (s *status) readLimit(d *jsontext.Decoder) error {
	var unit string
	o := object{d: d}
	for o.next() {
		switch o.name {
		case "requestsPerUnit":
			s.limit, o.err = count(d)
		case "unit":
			unit, o.err = text(d)
		default:
			o.err = d.SkipValue()
		}
	}
	if s.window = units[unit]; o.err == nil && s.window == 0 {
		return errForm
	}
	return o.err
}

// level judges a status. A descriptor that no rule matches is let pass by the
// service: what the policy calls a limit would be none.
func (s *status) level() (Level, error) {
	l := Level{Left: s.left, Next: s.reset, Limit: s.limit, Window: s.window}
	switch {
	case s.code == codeOver && s.window != 0:
		l.Left, l.Wait = 0, max(s.reset, time.Second)
		l.Next = l.Wait
		return l, nil
	case s.code == codeOK && s.window != 0:
		return l, nil
	case s.code == codeOK && s.left == unlimited:
		return l, nil
	case s.code == codeOK:
		return Level{}, errNoRule
	}
	return Level{}, errForm
}

// seconds reads a Duration of protobuf: "1562s", or with a fraction, which
// counts as one second more.
func seconds(d *jsontext.Decoder) (time.Duration, error) {
	written, err := text(d)
	if err != nil {
		return 0, err
	}
	number, ok := strings.CutSuffix(written, "s")
	whole, fraction, cut := strings.Cut(number, ".")
	n, err := strconv.ParseUint(whole, 10, 32)
	if !ok || err != nil {
		return 0, errForm
	}
	if cut {
		if _, err := strconv.ParseUint(fraction, 10, 32); err != nil {
			return 0, errForm
		}
		n++
	}
	return time.Duration(n) * time.Second, nil
}

// count reads an unsigned number of 32 bits. 0 is left out by the service.
func count(d *jsontext.Decoder) (int64, error) {
	n, ok := number(d, 0, unlimited)
	if !ok {
		return 0, errForm
	}
	return n, nil
}
