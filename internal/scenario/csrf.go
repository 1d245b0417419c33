package scenario

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

var csrfMacro = regexp.MustCompile(`\{csrf ([A-Z0-9_]+) ([^{}\s]+)(?: ([+-]\d{1,9}))?\}`)

// protect returns the step with its CSRF tokens, made for a run that begins at a
// time.
func (s *Scenario) protect(step Step, now int64) (Step, error) {
	headers := slices.Clone(step.Request.Headers)
	for i := range headers {
		var failure error
		headers[i].Value = csrfMacro.ReplaceAllStringFunc(headers[i].Value, func(m string) string {
			token, err := s.csrf(csrfMacro.FindStringSubmatch(m), now)
			if err != nil {
				failure = fmt.Errorf("%s: %w", m, err)
			}
			return token
		})
		if failure != nil {
			return step, failure
		}
	}
	step.Request.Headers = headers
	return step, nil
}

// csrf makes a token as docs/csrf.md describes it, apart from the code of the
// guard.
func (s *Scenario) csrf(m []string, now int64) (string, error) {
	secret, ok := s.Env[m[1]]
	if !ok {
		return "", fmt.Errorf("no variable %q: write it under -- env --", m[1])
	}
	if m[3] != "" {
		ahead, err := strconv.ParseInt(m[3], 10, 64)
		if err != nil {
			return "", err
		}
		now += ahead
	}
	raw := binary.BigEndian.AppendUint64([]byte{1}, uint64(now))
	raw = append(raw, "sixteen  letters"...) // random to who does not know it
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("sallyport csrf" + string(raw) + m[2]))
	return encode(mac.Sum(raw)), nil
}
