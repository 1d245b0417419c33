package scenario

import (
	"regexp"
	"strconv"
	"time"
)

var timeMacro = regexp.MustCompile(`\{time ([+-]?\d{1,9})\}`)

// PolicyAt returns the policy for a host whose clock shows now: {time -3600}
// stands for an hour before, as RFC 3339 writes it.
func (s *Scenario) PolicyAt(now time.Time) []byte {
	return timeMacro.ReplaceAllFunc(s.Policy, func(m []byte) []byte {
		ahead, err := strconv.Atoi(string(timeMacro.FindSubmatch(m)[1]))
		if err != nil {
			return m // the expression takes nothing else
		}
		return []byte(now.Add(time.Duration(ahead) * time.Second).UTC().Format(time.RFC3339))
	})
}
