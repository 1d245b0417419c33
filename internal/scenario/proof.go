package scenario

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

var (
	proofMacro = regexp.MustCompile(`\{proof ([^{}\s]+)\}`)
	nowMacro   = regexp.MustCompile(`\{now(?: ([+-]?\d{1,9}))?\}`)
)

// clock is what a Runner has whose time is not that of the machine.
type clock interface{ Now() int64 }

// now is the time of a host, in Unix seconds.
func now(r Runner) int64 {
	if c, ok := r.(clock); ok {
		return c.Now() / int64(time.Second)
	}
	return time.Now().Unix()
}

// jkt is the thumbprint of a key (RFC 7638).
func (s *Scenario) jkt(name, alg string) (string, error) {
	m, err := s.public(name, alg)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(m) // names in order, no spaces: as section 3 has it
	sum := sha256.Sum256(text)
	return encode(sum[:]), err
}

// prove signs the proofs of a scenario for a run that begins at a time.
func (s *Scenario) prove(now int64) (map[string]string, error) {
	signed := map[string]string{}
	for name, line := range s.proofs {
		line = nowMacro.ReplaceAllStringFunc(line, func(m string) string {
			ahead, err := strconv.ParseInt(nowMacro.FindStringSubmatch(m)[1], 10, 64)
			if err != nil {
				ahead = 0 // {now} alone
			}
			return strconv.FormatInt(now+ahead, 10)
		})
		proof, err := s.token(line)
		if err != nil {
			return nil, fmt.Errorf("proofs: %q: write NAME = KEY {HEADER} {CLAIMS}: %w", name, err)
		}
		signed[name] = proof
	}
	return signed, nil
}

// with returns the step with its proofs.
func (step Step) with(proofs map[string]string) (Step, error) {
	headers := slices.Clone(step.Request.Headers)
	for i := range headers {
		var missing error
		headers[i].Value = proofMacro.ReplaceAllStringFunc(headers[i].Value, func(m string) string {
			name := proofMacro.FindStringSubmatch(m)[1]
			proof, ok := proofs[name]
			if !ok {
				missing = fmt.Errorf("no proof %q: write it under -- proofs --", name)
			}
			return proof
		})
		if missing != nil {
			return step, missing
		}
	}
	step.Request.Headers = headers
	return step, nil
}
