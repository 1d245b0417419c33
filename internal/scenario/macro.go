package scenario

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxRepeat bounds what {repeat} and {times} make.
const maxRepeat = 1 << 20

var (
	macro = regexp.MustCompile(`\{(key|sha256|hmac|jwk|jkt|ath|repeat|bytes) ([^{}\s]+)(?: ([^{}]+))?\}`)
	times = regexp.MustCompile(`^(.*\S)\s*\{times (\d+)\}$`)
)

// expand replaces the macros of text by what they stand for in s.
func (s *Scenario) expand(text string) (string, error) {
	var failure error
	out := macro.ReplaceAllStringFunc(text, func(m string) string {
		value, err := s.macro(macro.FindStringSubmatch(m))
		if err != nil && failure == nil {
			failure = fmt.Errorf("%s: %w", m, err)
		}
		return value
	})
	return out, failure
}

// macro returns what one macro stands for; m are its submatches.
func (s *Scenario) macro(m []string) (string, error) {
	verb, first, second := m[1], m[2], m[3]
	switch verb {
	case "repeat":
		return repeat(first, second)
	case "jwk":
		return s.jwk(first, second)
	case "jkt":
		return s.jkt(first, second)
	case "bytes":
		raw, err := hex.DecodeString(first)
		return string(raw), err
	}
	key, ok := s.Keys[first]
	if !ok {
		return "", fmt.Errorf("no key %q: write it under -- keys -- or -- tokens --", first)
	}
	switch verb {
	case "sha256":
		sum := sha256.Sum256([]byte(key))
		return hex.EncodeToString(sum[:]), nil
	case "ath":
		sum := sha256.Sum256([]byte(key))
		return encode(sum[:]), nil
	case "hmac":
		pepper, ok := s.Env[second]
		if !ok {
			return "", fmt.Errorf("no variable %q: write it under -- env --", second)
		}
		mac := hmac.New(sha256.New, []byte(pepper))
		mac.Write([]byte(key))
		return hex.EncodeToString(mac.Sum(nil)), nil
	}
	return key, nil
}

func repeat(count, text string) (string, error) {
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > maxRepeat || text == "" {
		return "", fmt.Errorf("write {repeat N TEXT} with N from 1 to %d", maxRepeat)
	}
	return strings.Repeat(text, n), nil
}

// cutTimes splits "x-a: b {times 3}" into "x-a: b" and 3.
func cutTimes(line string) (string, int) {
	m := times.FindStringSubmatch(line)
	if m == nil {
		return line, 1
	}
	n, err := strconv.Atoi(m[2])
	if err != nil || n < 1 || n > maxRepeat {
		return line, 1
	}
	return m[1], n
}
