package hygiene_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

var (
	rawBytes  = regexp.MustCompile("^[A-Za-z0-9\\-._~!$&'()*+,;=:@%\"<>\\[\\]^`{|}]*$")
	forbidden = regexp.MustCompile(`[\x00-\x1f\x7f/\\]`)
	twice     = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	bare      = regexp.MustCompile(`^[A-Za-z0-9\-._~!$&'()*+,;=:@]$`)
)

// oracle is what NormalizePath should be, slow and in the order of the manual:
// split, decode each segment with net/url, judge, resolve, encode.
func oracle(raw string, allowParams bool) (string, bool) {
	if !strings.HasPrefix(raw, "/") {
		return "", false
	}
	var decoded []string
	directory := false
	for _, segment := range strings.Split(raw[1:], "/") {
		directory = segment == "" || segment == "." || segment == ".."
		if segment == ".." && len(decoded) == 0 {
			return "", false
		}
		if segment == ".." {
			decoded = decoded[:len(decoded)-1]
		}
		if directory {
			continue
		}
		text, ok := oracleSegment(segment, allowParams)
		if !ok {
			return "", false
		}
		decoded = append(decoded, text)
	}
	var b strings.Builder
	for _, segment := range decoded {
		b.WriteByte('/')
		for i := 0; i < len(segment); i++ {
			if bare.MatchString(segment[i : i+1]) {
				b.WriteByte(segment[i])
			} else {
				fmt.Fprintf(&b, "%%%02X", segment[i])
			}
		}
	}
	if directory {
		b.WriteByte('/')
	}
	return b.String(), true
}

func oracleSegment(segment string, allowParams bool) (string, bool) {
	text, err := url.PathUnescape(segment)
	if err != nil || !rawBytes.MatchString(segment) || !utf8.ValidString(text) ||
		forbidden.MatchString(text) || twice.MatchString(text) {
		return "", false
	}
	name, _, params := strings.Cut(text, ";")
	return text, (!params || allowParams) && name != "." && name != ".."
}

// checkPath holds NormalizePath to the oracle and to its promise of idempotence.
func checkPath(t interface{ Fatalf(string, ...any) }, raw string, allowParams bool) {
	var scratch guard.Scratch
	got, ok := hygiene.NormalizePath(raw, &scratch, allowParams)
	want, wantOK := oracle(raw, allowParams)
	if ok != wantOK || got != want {
		t.Fatalf("NormalizePath(%q, %v) = %q, %v; the oracle has %q, %v", raw, allowParams, got, ok, want, wantOK)
	}
	if !ok {
		return
	}
	if again, ok := hygiene.NormalizePath(got, &scratch, allowParams); !ok || again != got {
		t.Fatalf("NormalizePath(%q) = %q, %v: not idempotent, from %q", got, again, ok, raw)
	}
}

// pathPieces are what paths of tests are made of; harmless ones are repeated,
// so that many paths are accepted.
var pathPieces = []string{
	"/", "/", "/", "/", "a", "a", "b", "b", "41", "~", ":", "@", ".", "..", "/./", "/../", "//", "%61", "%41", "%2d", "%3a",
	"%7c", "|", "{", "%20", "%C3%A9", "%c3%a9", "%25", "%F0%9F%94%91", "%3F", "%23", "2f", "%3B", ";",
	"%2e", "%2E", "%2f", "%5C", `\`, "%00", "\x00", "%", "%z", "%c0%af", "%ed%a0%80", "é", " ", "?", "#", "%80", "%7f",
}

func TestNormalizePathIsTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		usual := rapid.SampledFrom(pathPieces[:34])
		any := rapid.SampledFrom(pathPieces)
		pieces := rapid.SliceOfN(rapid.OneOf(usual, usual, usual, usual, any), 0, 12).Draw(t, "pieces")
		checkPath(t, "/"+strings.Join(pieces, ""), rapid.Bool().Draw(t, "params"))
	})
}

// Every spelling of one path has one canonical form: that is what closes the
// way around a rule by writing its path another way.
func TestSpellingsMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z0-9_~!$&'()*+,=:@ |é"-]{1,8}`), 1, 5).Draw(t, "segments")
		var first, second guard.Scratch
		a, okA := hygiene.NormalizePath(spell(t, segments), &first, false)
		b, okB := hygiene.NormalizePath(spell(t, segments), &second, false)
		if !okA || !okB || a != b {
			t.Fatalf("two spellings of %q: %q, %v and %q, %v", segments, a, okA, b, okB)
		}
	})
}

// spell writes segments in one of the ways that a client may.
func spell(t *rapid.T, segments []string) string {
	var b strings.Builder
	for _, segment := range segments {
		b.WriteString(rapid.SampledFrom([]string{"/", "/", "//", "/./", "/x/../"}).Draw(t, "separator"))
		for i := 0; i < len(segment); i++ {
			c := segment[i]
			plain := rawBytes.MatchString(segment[i : i+1])
			switch way := rapid.IntRange(0, 3).Draw(t, "way"); {
			case plain && way < 2:
				b.WriteByte(c)
			case way%2 == 0:
				fmt.Fprintf(&b, "%%%02x", c)
			default:
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
	}
	return b.String()
}

var pathSeeds = []string{
	"/", "/a/b", "/%61", "/a//b/../c/.", "/a|b", "/caf%c3%a9", "/%2e%2e/", "/..;/a", "/a;b", "/%252e", "/%c0%af", "/%", "/%zz", "/a%00",
	"*", "", "/\\", "/%F0%9F%94%91", "/%25%25", "/a%3Bb",
}

func FuzzNormalizePath(f *testing.F) {
	if len(pathSeeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range pathSeeds {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, raw string, allowParams bool) { checkPath(t, raw, allowParams) })
}
