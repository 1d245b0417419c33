package document

import (
	"strconv"
	"strings"
)

// unquoted stands for a text that is not repeated in a message, because it may
// be a secret in the wrong place.
const unquoted = "…"

// MaxShown is how many bytes of a text of an identity a message repeats: the
// longest prefix of a key. What is longer may be a key, of whatever system.
const MaxShown = 32

// keyRun is how many letters and digits in a row make a key of sallyport key
// new, behind its prefix. (keyformat says so too, and a test compares them; the
// document knows nothing of its guards.) A digest has more.
const keyRun = 56

// Redact leaves out of a message whatever could be a key: every run of letters
// and digits that is as long as one. A prefix before it stays.
func Redact(text string) string {
	if len(text) < keyRun {
		return text
	}
	var b strings.Builder
	from := 0 // of the run
	for i := 0; i <= len(text); i++ {
		if i < len(text) && isAlphanumeric(text[i]) {
			continue
		}
		if i-from < keyRun {
			b.WriteString(text[from:i])
		} else {
			b.WriteString(unquoted)
		}
		if i < len(text) {
			b.WriteByte(text[i])
		}
		from = i + 1
	}
	return b.String()
}

// Quote quotes a text of an identity for a message. What may be a key becomes
// "…".
func Quote(text string) string {
	if len(text) > MaxShown {
		return strconv.Quote(unquoted)
	}
	return strconv.Quote(text)
}

// QuoteVariable quotes the name of an environment variable for a message. What
// does not look as such names do becomes "…": the secret itself, written in the
// place of its name, is most often set in no environment, and would be quoted
// for that.
func QuoteVariable(name string) string {
	capitals := every(name, func(c byte) bool { return c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' })
	if !capitals || !IsVariable(name) {
		return strconv.Quote(unquoted)
	}
	return strconv.Quote(name)
}

// VariablePattern is the form of a name of an environment variable, as a regular
// expression.
const VariablePattern = `^[A-Za-z_][A-Za-z0-9_]{0,63}$`

// IsVariable tells whether a text has the form of VariablePattern.
func IsVariable(name string) bool {
	return name != "" && len(name) <= 64 && !isDigit(name[0]) && every(name, func(c byte) bool { return isAlphanumeric(c) || c == '_' })
}

func isAlphanumeric(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }
