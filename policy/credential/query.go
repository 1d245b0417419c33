package credential

import "strings"

// readQuery returns the raw value of a query parameter and how often it is
// there. A parameter without '=' has an empty value.
func readQuery(query, name string) (value string, count int) {
	for rest, more := query, query != ""; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		key, v, _ := strings.Cut(pair, "=")
		if queryNameIs(key, name) {
			if count == 0 {
				value = v
			}
			count++
		}
	}
	return value, count
}

// withoutQuery appends query to dst without the parameters that drop names; all
// else is kept byte for byte, empty parameters too.
func withoutQuery(dst []byte, query string, drop func(key string) bool) []byte {
	first := true
	for rest, more := query, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		key, _, _ := strings.Cut(pair, "=")
		if drop(key) {
			continue
		}
		if !first {
			dst = append(dst, '&')
		}
		dst, first = append(dst, pair...), false
	}
	return dst
}

// queryNameIs compares a raw name with a plain one: a server reads %6bey as
// key, so that is where the key would be found. A name with a broken escape is
// no name.
func queryNameIs(raw, name string) bool {
	j := 0
	for i := 0; i < len(raw); j++ {
		c, n := unescape(raw, i)
		if n == 0 || j == len(name) || c != name[j] {
			return false
		}
		i += n
	}
	return j == len(name)
}

// appendUnescaped appends a decoded value. ok is false for a broken escape.
func appendUnescaped(dst []byte, raw string) (value []byte, ok bool) {
	for i := 0; i < len(raw); {
		c, n := unescape(raw, i)
		if n == 0 {
			return dst, false
		}
		dst = append(dst, c)
		i += n
	}
	return dst, true
}

// unescape returns the character at i of a query and the bytes that it takes,
// 0 for a broken escape. '+' is a space, as in every HTML form and most servers.
func unescape(s string, i int) (c byte, n int) {
	switch s[i] {
	case '+':
		return ' ', 1
	case '%':
		if len(s)-i < 3 {
			return 0, 0
		}
		high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
		if high < 0 || low < 0 {
			return 0, 0
		}
		return byte(high<<4 | low), 3
	}
	return s[i], 1
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
