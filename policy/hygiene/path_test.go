package hygiene_test

import (
	"strings"
	"testing"
	"unsafe"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

const (
	noParams = false
	params   = true
)

func TestNormalizePathAccepts(t *testing.T) {
	cases := []struct {
		name, raw, want string
		params          bool
	}{
		{"root", "/", "/", noParams},
		{"canonical", "/v1/orders/17", "/v1/orders/17", noParams},
		{"case is kept", "/V1/Orders", "/V1/Orders", noParams},
		{"all pchar stand", "/-._~!$&'()*+,=:@", "/-._~!$&'()*+,=:@", noParams},
		{"unreserved decoded", "/%61%2D%2e%5F%7E", "/a-._~", noParams},
		{"sub-delims decoded", "/orders%3Acancel%40%21", "/orders:cancel@!", noParams},
		{"raw not pchar encoded", `/a|b"<>[]^` + "`{}", "/a%7Cb%22%3C%3E%5B%5D%5E%60%7B%7D", noParams},
		{"hex upper-cased", "/a%7cb", "/a%7Cb", noParams},
		{"space stays encoded", "/a%20b", "/a%20b", noParams},
		{"question mark stays encoded", "/a%3fb", "/a%3Fb", noParams},
		{"fragment sign stays encoded", "/a%23b", "/a%23b", noParams},
		{"percent sign stays encoded", "/100%25", "/100%25", noParams},
		{"percent sign and one digit", "/100%254", "/100%254", noParams},
		{"percent sign and a word", "/100%25off", "/100%25off", noParams},
		{"percent sign at a border", "/100%25/41", "/100%25/41", noParams},
		{"two percent signs", "/%25%25", "/%25%25", noParams},
		{"UTF-8", "/caf%c3%a9", "/caf%C3%A9", noParams},
		{"UTF-8 of four bytes", "/%F0%9F%94%91", "/%F0%9F%94%91", noParams},
		{"the replacement character itself", "/%EF%BF%BD", "/%EF%BF%BD", noParams},
		{"slashes merged", "//a///b//", "/a/b/", noParams},
		{"only slashes", "////", "/", noParams},
		{"dot", "/a/./b", "/a/b", noParams},
		{"dot at the end", "/a/.", "/a/", noParams},
		{"dots", "/a/b/../c", "/a/c", noParams},
		{"dots at the end", "/a/b/..", "/a/", noParams},
		{"dots to the root", "/a/..", "/", noParams},
		{"dots after slashes", "/a//../b", "/b", noParams},
		{"RFC 3986 5.2.4", "/a/b/c/./../../g", "/a/g", noParams},
		{"three dots are a name", "/a/.../b", "/a/.../b", noParams},
		{"a name with a dot in front", "/.well-known/x", "/.well-known/x", noParams},
		{"a name with dots in front", "/..a/%2e.b", "/..a/..b", noParams},
		{"trailing slash", "/a/", "/a/", noParams},
		{"parameter", "/a;v=1/b", "/a;v=1/b", params},
		{"encoded parameter", "/a%3bv=1", "/a;v=1", params},
		{"empty name with parameter", "/;v=1", "/;v=1", params},
		{"three dots with parameter", "/...;v=1", "/...;v=1", params},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var scratch guard.Scratch
			got, ok := hygiene.NormalizePath(c.raw, &scratch, c.params)
			if !ok || got != c.want {
				t.Fatalf("NormalizePath(%q) = %q, %v; want %q", c.raw, got, ok, c.want)
			}
			if c.raw == c.want && unsafe.StringData(got) != unsafe.StringData(c.raw) {
				t.Errorf("NormalizePath(%q) copied a path that was canonical already", c.raw)
			}
		})
	}
}

func TestNormalizePathRefuses(t *testing.T) {
	cases := []struct{ name, raw string }{
		{"empty", ""},
		{"asterisk form", "*"},
		{"authority form", "example.com:443"},
		{"absolute form", "http://example.com/"},
		{"relative", "a/b"},
		{"relative dots", "../a"},
		{"dots above the root", "/../a"},
		{"dots above the root, later", "/a/../../b"},
		{"dots above the root at the end", "/.."},
		{"encoded first slash", "%2fa"},
		{"backslash", `/a\b`},
		{"encoded backslash", "/a%5cb"},
		{"encoded backslash, upper case", "/a%5Cb"},
		{"encoded slash", "/a%2fb"},
		{"encoded slash, upper case", "/a%2Fb"},
		{"NUL", "/a\x00b"},
		{"encoded NUL", "/a%00b"},
		{"tab", "/a\tb"},
		{"encoded CR LF", "/a%0d%0aX:%20y"},
		{"encoded escape character", "/%1b"},
		{"DEL", "/a\x7f"},
		{"encoded DEL", "/a%7F"},
		{"space", "/a b"},
		{"fragment", "/a#b"},
		{"question mark", "/a?b"},
		{"raw UTF-8", "/café"},
		{"raw Latin-1", "/caf\xe9"},
		{"percent alone", "/a%"},
		{"percent and one digit", "/a%4"},
		{"percent cut by a slash", "/a%4/1"},
		{"no hex", "/%zz"},
		{"half hex", "/%4g"},
		{"percent percent", "/%%41"},
		{"IIS escape", "/%u002e"},
		{"Latin-1", "/caf%E9"},
		{"overlong slash", "/..%c0%af.."},
		{"overlong dot", "/%c0%ae%c0%ae/"},
		{"overlong slash of three bytes", "/%e0%80%af"},
		{"overlong NUL", "/%c0%80"},
		{"surrogate", "/%ed%a0%80"},
		{"past Unicode", "/%f4%90%80%80"},
		{"continuation alone", "/%80"},
		{"cut character", "/%e2%82"},
		{"character cut by ASCII", "/%e2a%82%ac"},
		{"FE", "/%fe"},
		{"double encoding", "/%2561"},
		{"double-encoded slash", "/a%252fb"},
		{"double-encoded dot", "/%252e%252e/"},
		{"double encoding of encoded digits", "/%25%36%31"},
		{"triple encoding", "/%252561"},
		{"percent before a double encoding", "/%25%2541"},
		{"encoded dot segment", "/a/%2e/b"},
		{"encoded dot segments", "/a/%2e%2e/b"},
		{"half encoded dot segments", "/a/.%2e/b"},
		{"half encoded dot segments at the end", "/a/%2E."},
		{"parameter", "/a;v=1"},
		{"encoded parameter", "/a%3Bv=1"},
		{"semicolon alone", "/;"},
		{"dots behind a parameter", "/a/..;/b"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var scratch guard.Scratch
			if got, ok := hygiene.NormalizePath(c.raw, &scratch, noParams); ok || got != "" {
				t.Errorf("NormalizePath(%q) = %q, %v; want a refusal", c.raw, got, ok)
			}
		})
	}
}

func TestNormalizePathRefusesDotsBehindParameters(t *testing.T) {
	for _, raw := range []string{"/a/..;/b", "/a/..;x=1/b", "/a/.;x", "/a/..%3bx", "/%2e%2e;x", "/.%2E%3B", "/..;;"} {
		var scratch guard.Scratch
		if got, ok := hygiene.NormalizePath(raw, &scratch, params); ok {
			t.Errorf("NormalizePath(%q) = %q with parameters allowed; want a refusal", raw, got)
		}
	}
}

func TestNormalizePathAllocatesNothing(t *testing.T) {
	var scratch guard.Scratch
	long := "/" + strings.Repeat("a%41/../", 900)
	for _, raw := range []string{"/v1/orders/17", "/caf%C3%A9", "/%61/./b//c", long} {
		normalize := func() {
			scratch.Reset()
			if _, ok := hygiene.NormalizePath(raw, &scratch, noParams); !ok {
				t.Fatalf("NormalizePath(%q) refused", raw)
			}
		}
		normalize() // the scratch memory grows once
		if n := testing.AllocsPerRun(100, normalize); n != 0 {
			t.Errorf("NormalizePath(%.20q) allocates %v times", raw, n)
		}
	}
}

func BenchmarkNormalizePath(b *testing.B) {
	for name, raw := range map[string]string{
		"canonical": "/v1/tenants/acme/orders/4711", "escaped": "/v1/tenants/acme/caf%C3%A9", "rewritten": "/v1//tenants/./acme/%6Frders/4711",
	} {
		b.Run(name, func(b *testing.B) {
			var scratch guard.Scratch
			for b.Loop() {
				scratch.Reset()
				if _, ok := hygiene.NormalizePath(raw, &scratch, noParams); !ok {
					b.Fatal("refused")
				}
			}
		})
	}
}
