package hygiene

import "unicode/utf8"

// appendDecoded appends a segment in canonical form: each byte is decoded
// once, judged, and written in the one way that it may stand.
func appendDecoded(b []byte, segment string) (out []byte, ok bool) {
	var again doubleEncoding
	for i := 0; i < len(segment); {
		c, width, ok := decodeAt(segment, i)
		if !ok || again.seen(c) {
			return nil, false
		}
		if c < utf8.RuneSelf {
			b = appendByte(b, c)
			i += width
			continue
		}
		char, size, ok := decodeRune(segment, i)
		if !ok {
			return nil, false
		}
		for _, c := range char[:size] {
			b = appendByte(b, c)
		}
		i += 3 * size
	}
	return b, true
}

// appendByte appends a decoded byte as it stands in canonical form.
func appendByte(b []byte, c byte) []byte {
	if standsDecoded(c) {
		return append(b, c)
	}
	return append(b, '%', upperHex[c>>4], upperHex[c&15])
}

// decodeAt returns the byte that begins at segment[i], and how many bytes its
// spelling takes.
func decodeAt(segment string, i int) (c byte, width int, ok bool) {
	switch c = segment[i]; classes[c] {
	case plain, parameter, encoded:
		return c, 1, true
	case escape:
		c, ok = unescape(segment, i)
		return c, 3, ok && !forbiddenDecoded(c)
	}
	return 0, 0, false
}

// unescape returns the byte of the escape at segment[i]. A '%' without two
// hexadecimal digits means different things to different decoders.
func unescape(segment string, i int) (c byte, ok bool) {
	if i+2 >= len(segment) || segment[i] != '%' {
		return 0, false
	}
	high, ok1 := hexValue(segment[i+1])
	low, ok2 := hexValue(segment[i+2])
	return high<<4 | low, ok1 && ok2
}

// forbiddenDecoded tells which bytes may not stand behind an encoding:
// separators, which would move a border between segments for a server that
// decodes before it splits, and controls, NUL above all, which ends the path
// for a server written in C.
func forbiddenDecoded(c byte) bool {
	return c == '/' || c == '\\' || c < 0x20 || c == 0x7f
}

// decodeRune returns the character whose escapes begin at segment[i], as UTF-8.
// Overlong forms, surrogates, and bytes that are no character are refused: an
// overlong %C0%AF is a slash to a lax decoder (RFC 3629 section 10).
func decodeRune(segment string, i int) (char [utf8.UTFMax]byte, size int, ok bool) {
	n := 0
	for ; n < len(char); n++ {
		c, ok := unescape(segment, i+3*n)
		if !ok || c < utf8.RuneSelf {
			break
		}
		char[n] = c
	}
	r, size := utf8.DecodeRune(char[:n])
	return char, size, r != utf8.RuneError || size > 1
}

// doubleEncoding finds a decoded '%' with two hexadecimal digits behind it: a
// server that decodes twice reads another character there.
type doubleEncoding uint8

// seen takes the next decoded byte, and tells whether it completes one.
func (d *doubleEncoding) seen(c byte) bool {
	_, hex := hexValue(c)
	switch {
	case c == '%':
		*d = 1
	case *d == 1 && hex:
		*d = 2
	case *d == 2 && hex:
		return true
	default:
		*d = 0
	}
	return false
}
