package credential

import "strings"

// readQuery returns the raw value of a query parameter and how often it is
// there. A parameter without '=' has an empty value.
func readQuery(query, name string) (value string, count int) {
	for rest, more := query, query != ""; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		for part, parted := pair, true; parted; {
			if key := queryName(part); queryNameIs(key, name) {
				if v, ok := strings.CutPrefix(part[len(key):], "="); ok && count == 0 {
					value = v
				}
				count++
			}
			_, part, parted = strings.Cut(part, ";")
		}
	}
	return value, count
}

// queryName is the name that a part of a query begins with. Some servers part at
// ';' as at '&' (HTML 4 appendix B.2.2), and would find a credential behind it.
// The value of one goes on to the next '&' all the same: no other has a part of it.
func queryName(part string) string {
	if i := strings.IndexAny(part, "=;"); i >= 0 {
		return part[:i]
	}
	return part
}

// withoutQuery appends query to dst without the parameters that drop names, each
// up to the next '&'; all else is kept byte for byte, empty parameters too.
func withoutQuery(dst []byte, query string, drop func(key string) bool) []byte {
	first := true
	for rest, more := query, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		kept := keptOf(pair, drop)
		if kept < 0 {
			continue
		}
		if !first {
			dst = append(dst, '&')
		}
		dst, first = append(dst, pair[:kept]...), false
	}
	return dst
}

// keptOf returns how much of what stands between two '&' is kept; -1: nothing.
func keptOf(pair string, drop func(key string) bool) int {
	for at := 0; ; {
		if drop(queryName(pair[at:])) {
			return at - 1 // the ';' before it goes too
		}
		next := strings.IndexByte(pair[at:], ';')
		if next < 0 {
			return len(pair)
		}
		at += next + 1
	}
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

// queryNameSpells tells whether PHP takes a raw name for a plain one: it makes a
// variable of it, without the spaces before, and with '_' for what no variable's
// name has.
func queryNameSpells(raw, name string) bool {
	j := 0
	for i := 0; i < len(raw); {
		c, n := unescape(raw, i)
		if i += n; n == 0 {
			return false
		}
		if c == ' ' && j == 0 {
			continue
		}
		if j == len(name) || variable(c) != variable(name[j]) {
			return false
		}
		j++
	}
	return j == len(name)
}

func variable(c byte) byte {
	if c == ' ' || c == '.' || c == '[' {
		return '_'
	}
	return c
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
