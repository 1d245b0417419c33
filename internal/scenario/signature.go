package scenario

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/sha1" // for crypto.SHA1
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// moment is what a run of a scenario is asked with: its time, in Unix seconds, and
// what was signed then, by name.
type moment struct {
	now                int64
	proofs, signatures map[string]string
}

// at signs what a scenario signs for a run that begins at a time.
func (s *Scenario) at(now int64) (m moment, err error) {
	m.now = now
	if m.proofs, err = s.prove(now); err != nil {
		return m, err
	}
	m.signatures = map[string]string{}
	for name, line := range s.signatures {
		if m.signatures[name], err = s.signature(dated(line, now)); err != nil {
			return m, fmt.Errorf("signatures: %q: %w", name, err)
		}
	}
	return m, nil
}

// dated replaces {now} and {now -60}.
func dated(text string, now int64) string {
	return nowMacro.ReplaceAllStringFunc(text, func(m string) string {
		ahead, err := strconv.ParseInt(nowMacro.FindStringSubmatch(m)[1], 10, 64)
		if err != nil {
			ahead = 0 // {now} alone
		}
		return strconv.FormatInt(now+ahead, 10)
	})
}

// signature signs "VARIABLE HASH ENCODING TEXT" with the value of a variable.
func (s *Scenario) signature(line string) (string, error) {
	fields := strings.SplitN(line, " ", 4)
	if len(fields) < 3 {
		return "", fmt.Errorf("write NAME = VARIABLE HASH ENCODING TEXT")
	}
	secret, ok := s.Env[fields[0]]
	hash, known := map[string]crypto.Hash{"sha1": crypto.SHA1, "sha256": crypto.SHA256, "sha512": crypto.SHA512}[fields[1]]
	if !ok || !known {
		return "", fmt.Errorf("no variable %q, or no hash %q", fields[0], fields[1])
	}
	key := []byte(secret)
	if text, ok := strings.CutPrefix(secret, "whsec_"); ok && fields[2] == "base64" { // Standard Webhooks; Stripe's are texts
		var err error
		if key, err = base64.StdEncoding.DecodeString(text); err != nil {
			return "", err
		}
	}
	mac := hmac.New(hash.New, key)
	if len(fields) == 4 {
		text, err := s.expand(fields[3])
		if err != nil {
			return "", err
		}
		mac.Write([]byte(text))
	}
	switch fields[2] {
	case "hex":
		return hex.EncodeToString(mac.Sum(nil)), nil
	case "base64":
		return base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
	}
	return "", fmt.Errorf("no encoding %q: write hex or base64", fields[2])
}
