package scenario

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"
)

var (
	proofMacro = regexp.MustCompile(`\{(proof|signature) ([^{}\s]+)\}`)
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
		line = dated(line, now)
		proof, err := s.token(line)
		if err != nil {
			return nil, fmt.Errorf("proofs: %q: write NAME = KEY {HEADER} {CLAIMS}: %w", name, err)
		}
		signed[name] = proof
	}
	return signed, nil
}

// with returns the step at a moment, with its proofs and signatures.
func (step Step) with(at moment) (Step, error) {
	headers := slices.Clone(step.Request.Headers)
	for i := range headers {
		var missing error
		headers[i].Value = proofMacro.ReplaceAllStringFunc(dated(headers[i].Value, at.now), func(m string) string {
			kind, name := proofMacro.FindStringSubmatch(m)[1], proofMacro.FindStringSubmatch(m)[2]
			signed, ok := at.proofs[name]
			if kind == "signature" {
				signed, ok = at.signatures[name]
			}
			if !ok && missing == nil {
				missing = fmt.Errorf("no %s %q: write it under -- %ss --", kind, name, kind)
			}
			return signed
		})
		if missing != nil {
			return step, missing
		}
	}
	step.Request.Headers = headers
	return step, nil
}
