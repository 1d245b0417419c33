package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// requestLine reads "METHOD TARGET".
func requestLine(text string, method, target *string) error {
	var ok bool
	*method, *target, ok = strings.Cut(text, " ")
	if !ok || *method == "" || *target == "" {
		return fmt.Errorf("%q: write METHOD TARGET", text)
	}
	return nil
}

func status(text string, to *int) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 || n > 599 {
		return fmt.Errorf("%q: write a status from 100 to 599", text)
	}
	*to = n
	return nil
}

// appendHeader reads "name: value", perhaps with {times N}.
func appendHeader(to *[]Header, text string) error {
	text, n := cutTimes(text)
	name, value, ok := strings.Cut(text, ":")
	if !ok || name == "" || name != strings.TrimSpace(name) {
		return fmt.Errorf("%q: write NAME: VALUE", text)
	}
	for range n {
		*to = append(*to, Header{strings.ToLower(name), strings.TrimSpace(value)})
	}
	return nil
}

func appendLine(to *[]byte, text string) {
	if len(*to) > 0 {
		*to = append(*to, '\n')
	}
	*to = append(*to, text...)
}

// appendWant reads "name: value", "name ~ expression" or "!name".
func appendWant(to *[]HeaderWant, text string) error {
	name, absent := strings.CutPrefix(text, "!")
	var value *regexp.Regexp
	if !absent {
		var err error
		if name, value, err = wantValue(text); err != nil {
			return err
		}
	}
	if name != strings.ToLower(name) || strings.ContainsAny(name, " :") || name == "" {
		return fmt.Errorf("%q: write a header name in lower case", name)
	}
	i := slices.IndexFunc(*to, func(w HeaderWant) bool { return w.Name == name })
	if i < 0 {
		i = len(*to)
		*to = append(*to, HeaderWant{Name: name})
	} else if absent || len((*to)[i].Values) == 0 {
		return fmt.Errorf("%q: a header cannot be both there and absent", name)
	}
	if !absent {
		(*to)[i].Values = append((*to)[i].Values, value)
	}
	return nil
}

// wantValue reads "name: value" or "name ~ expression".
func wantValue(text string) (name string, value *regexp.Regexp, err error) {
	colon, tilde := strings.Index(text, ":"), strings.Index(text, " ~ ")
	if tilde >= 0 && (colon < 0 || tilde < colon) {
		value, err = regexp.Compile(text[tilde+3:])
		return text[:tilde], value, err
	}
	if colon < 0 {
		return "", nil, fmt.Errorf("%q: write NAME: VALUE, NAME ~ EXPRESSION or !NAME", text)
	}
	exact := `\A` + regexp.QuoteMeta(strings.TrimSpace(text[colon+1:])) + `\z`
	return text[:colon], regexp.MustCompile(exact), nil
}
