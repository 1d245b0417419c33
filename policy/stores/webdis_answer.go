package stores

import (
	"bytes"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// levelNumbers is how many numbers the script returns for each limit.
const levelNumbers = 4

// redisMax bounds an answer, in bytes: the numbers, or an error's text.
func redisMax(asks int) int { return 1024 + asks*levelNumbers*20 }

// readRedis reads what webdis answers to a command: an object of one member that
// has the command's name. Its value is the script's numbers, or false and what
// Redis has to say. Anything else is no answer.
func readRedis(body []byte, command string, levels []Level) (denied int, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	if !opens(d, '{') || !says(d, command) || !opens(d, '[') {
		return 0, errForm
	}
	if d.PeekKind() == 'f' {
		return 0, readError(d)
	}
	denied, err = readLevels(d, levels)
	if err != nil {
		return 0, err
	}
	if !opens(d, ']') || !opens(d, '}') || !ends(d) {
		return 0, errForm
	}
	return denied, nil
}

// readLevels reads who denied, counted from one, and the levels.
func readLevels(d *jsontext.Decoder, levels []Level) (denied int, err error) {
	n, ok := number(d, -1, int64(len(levels)))
	if !ok {
		return 0, errForm
	}
	if n < 0 {
		return 0, errUnlike
	}
	for i := range levels {
		var numbers [levelNumbers]int64
		for j := range numbers {
			if numbers[j], ok = number(d, 0, exact-1); !ok {
				return 0, errForm
			}
		}
		levels[i] = Level{Left: numbers[0], Next: micros(numbers[1]), Wait: micros(numbers[2]), Stamp: numbers[3]}
	}
	if n > 0 && levels[n-1].Wait == 0 {
		return 0, errForm // a limit that denies has too little now
	}
	return int(n) - 1, nil
}

// readError reads the rest of [false, "text"].
func readError(d *jsontext.Decoder) error {
	if !opens(d, 'f') {
		return errForm
	}
	t, err := d.ReadToken()
	if err != nil || t.Kind() != '"' {
		return errForm
	}
	text := t.String()
	if !opens(d, ']') || !opens(d, '}') || !ends(d) {
		return errForm
	}
	if strings.HasPrefix(text, "NOSCRIPT") {
		return errNoScript
	}
	return errScript
}

// micros is a time in microseconds; one that no Duration can hold is the
// longest.
func micros(n int64) time.Duration {
	return time.Duration(min(n, int64(1<<63-1)/int64(time.Microsecond))) * time.Microsecond
}
