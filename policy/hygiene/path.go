package hygiene

import (
	"bytes"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// NormalizePath returns the one spelling of a path (without query): characters
// that may stand decoded do, all others are percent-encoded in upper case,
// repeated slashes are one, '.' and '..' are resolved (RFC 3986 section 5.2.4),
// a trailing slash stays; above the root there is nothing. ok is false for a path whose meaning depends on who
// decodes it, and how often; docs/hygiene.md lists them.
//
// It allocates only while scratch grows, and returns raw itself when there was
// nothing to change. NormalizePath of its own result changes nothing.
func NormalizePath(raw string, scratch *guard.Scratch, allowParams bool) (path string, ok bool) {
	if raw == "" || raw[0] != '/' {
		return "", false // "", "*", and what is no path
	}
	if canonicalAtSight(raw) {
		return raw, true
	}
	b, ok := rewrite(scratch.Free(), raw, allowParams)
	if !ok {
		return "", false
	}
	path = scratch.Keep(b)
	if path == raw {
		return raw, true
	}
	return path, true
}

// canonicalAtSight is the fast way for nearly all paths: no escape, no
// parameter, no empty segment, and no segment that begins with a dot.
func canonicalAtSight(raw string) bool {
	for i := 0; i < len(raw); i++ {
		switch classes[raw[i]] {
		case plain:
		case separator:
			if i+1 < len(raw) && (raw[i+1] == '/' || raw[i+1] == '.') {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// rewrite appends the canonical form of raw, which begins with '/', to b,
// which is empty.
func rewrite(b []byte, raw string, allowParams bool) ([]byte, bool) {
	for rest, more := raw[1:], true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		switch segment {
		case "", ".":
		case "..":
			if len(b) == 0 {
				return nil, false // above the root: the root to some, an error to others, a file to a few
			}
			b = b[:bytes.LastIndexByte(b, '/')]
		default:
			var ok bool
			if b, ok = appendSegment(append(b, '/'), segment, allowParams); !ok {
				return nil, false
			}
			continue
		}
		if !more {
			b = append(b, '/') // "/a/", "/a/." and "/a/b/.." name the directory
		}
	}
	return b, true
}

// appendSegment appends one segment that is neither empty nor a raw dot
// segment. It refuses dot segments that show only after decoding, or after a
// server cut the parameters off: "%2e%2e" and "..;x" are ".." to some.
func appendSegment(b []byte, segment string, allowParams bool) ([]byte, bool) {
	start := len(b)
	b, ok := appendDecoded(b, segment)
	if !ok {
		return nil, false
	}
	name, _, hasParams := bytes.Cut(b[start:], []byte(";"))
	if hasParams && !allowParams {
		return nil, false
	}
	return b, string(name) != "." && string(name) != ".."
}
