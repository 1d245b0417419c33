package stores

import (
	"encoding/hex"
	"errors"
	"strconv"

	"sallyport.dev/sallyport/policy/guard"
)

// askRedis runs the script. Redis knows it by its hash, or is told it: after a
// restart, a failover or SCRIPT FLUSH that takes a second call.
func (s *Store) askRedis(w guard.World, q *query) (denied int, err error) {
	denied, err = s.run(w, "EVALSHA", q)
	if errors.Is(err, errNoScript) {
		denied, err = s.run(w, "EVAL", q)
	}
	return denied, err
}

func (s *Store) run(w guard.World, command string, q *query) (denied int, err error) {
	call := s.call(redisCall(nil, command, s.prefix, "take", q.now, q.asks), redisMax(len(q.asks)))
	return q.fetch(w, call, func(a guard.Answer, levels []Level) (int, error) {
		if a.Status != 200 {
			return 0, errStatus
		}
		return readRedis(a.Body, command, levels)
	})
}

// redisCall appends what webdis takes for a command: its words, each escaped,
// with slashes between them.
func redisCall(b []byte, command string, prefix []byte, mode string, now int64, asks []Ask) []byte {
	b = append(append(b, command...), '/')
	if command == "EVAL" {
		b = escape(b, script)
	} else {
		b = append(b, scriptSHA...)
	}
	b = strconv.AppendInt(append(b, '/'), int64(len(asks)), 10)
	for i := range asks {
		b = append(append(b, '/'), prefix...)
		b = escape(append(b, asks[i].Limit...), ":")
		b = hex.AppendEncode(b, asks[i].Key[:])
	}
	b = append(append(b, '/'), mode...)
	for i := range asks {
		b = strconv.AppendInt(append(b, '/'), asks[i].Tokens, 10)
		b = strconv.AppendInt(append(b, '/'), asks[i].Charged, 10)
		b = strconv.AppendInt(append(b, '/'), asks[i].Stamp, 10)
		b = asks[i].Counter.append(b, now)
	}
	return b
}

// escape appends a word as webdis takes it. It splits at slashes, then decodes;
// a bare '?' ends the command, a bare '+' is a space, and a dot in the last word
// picks the form of the answer. So everything but letters, digits, '-' and '_'
// is escaped. NUL would cut the word; no word has one.
func escape(b []byte, word string) []byte {
	for _, c := range []byte(word) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	return b
}

const hexDigits = "0123456789abcdef"
