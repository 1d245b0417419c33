package hygiene_test

import (
	"net/netip"
	"strings"
	"testing"
	"unsafe"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

var (
	label63 = strings.Repeat("a", 63)
	host253 = label63 + "." + label63 + "." + label63 + "." + strings.Repeat("a", 61)
)

func TestParseHostAccepts(t *testing.T) {
	cases := []struct{ name, authority, want string }{
		{"plain", "api.example.com", "api.example.com"},
		{"one label", "localhost", "localhost"},
		{"upper case", "API.Example.COM", "api.example.com"},
		{"port", "api.example.com:8443", "api.example.com"},
		{"upper case and port", "API:80", "api"},
		{"last port", "a:65535", "a"},
		{"leading zero in port", "a:00080", "a"},
		{"underscore and hyphen", "my_service-1.local", "my_service-1.local"},
		{"IPv4", "192.0.2.1:80", "192.0.2.1"},
		{"IPv6", "[2001:db8::1]", "[2001:db8::1]"},
		{"IPv6 and port", "[2001:db8::1]:443", "[2001:db8::1]"},
		{"IPv6, another spelling", "[2001:DB8:0:0::0001]", "[2001:db8::1]"},
		{"IPv4 in IPv6", "[::ffff:c000:201]", "[::ffff:192.0.2.1]"},
		{"longest label", label63 + ".com", label63 + ".com"},
		{"longest host", host253, host253},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var scratch guard.Scratch
			got, ok := hygiene.ParseHost(c.authority, &scratch)
			if !ok || got != c.want {
				t.Fatalf("ParseHost(%q) = %q, %v; want %q", c.authority, got, ok, c.want)
			}
			if !strings.HasPrefix(got, "[") && strings.HasPrefix(c.authority, got) && unsafe.StringData(got) != unsafe.StringData(c.authority) {
				t.Errorf("ParseHost(%q) copied a host that was lower-case already", c.authority)
			}
		})
	}
}

func TestParseHostRefuses(t *testing.T) {
	cases := []struct{ name, authority string }{
		{"empty", ""},
		{"port alone", ":80"},
		{"empty port", "a:"},
		{"port 0", "a:0"},
		{"port past the last", "a:65536"},
		{"port of six digits", "a:000080"},
		{"port with a sign", "a:+80"},
		{"port in words", "a:http"},
		{"two ports", "a:80:80"},
		{"two hosts joined", "a.com,b.com"},
		{"userinfo", "user@a.com"},
		{"userinfo with password", "user:secret@a.com"},
		{"slash", "a.com/b"},
		{"backslash", `a.com\b`},
		{"space", "a.com "},
		{"tab", "a\t.com"},
		{"NUL", "a.com\x00"},
		{"CR LF", "a.com\r\nx: y"},
		{"DEL", "a\x7f"},
		{"percent", "a%2ecom"},
		{"wildcard", "*.example.com"},
		{"trailing dot", "a.com."},
		{"trailing dot and port", "a.com.:80"},
		{"dot", "."},
		{"leading dot", ".a.com"},
		{"empty label", "a..com"},
		{"label of 64", label63 + "a.com"},
		{"host of 254", host253 + "a"},
		{"UTF-8", "bücher.example"},
		{"Latin-1", "b\xfccher.example"},
		{"question mark", "a.com?b"},
		{"fragment", "a.com#b"},
		{"IPv6 without brackets", "2001:db8::1"},
		{"IPv6 not closed", "[::1"},
		{"IPv6 with a zone", "[fe80::1%25eth0]"},
		{"IPv6 with a raw zone", "[fe80::1%eth0]"},
		{"IPv6 and rubbish", "[::1]a"},
		{"IPv6 and an empty port", "[::1]:"},
		{"IPv6 and port 0", "[::1]:0"},
		{"IPv4 in brackets", "[192.0.2.1]"},
		{"empty brackets", "[]"},
		{"future literal", "[v1.a]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var scratch guard.Scratch
			if got, ok := hygiene.ParseHost(c.authority, &scratch); ok || got != "" {
				t.Errorf("ParseHost(%q) = %q, %v; want a refusal", c.authority, got, ok)
			}
		})
	}
}

var hostSeeds = []string{
	"api.example.com", "API.example.com:443", "[::1]:80", "[2001:DB8::]", "a,b", "u@h", "a..b", "a:", ":80", "[fe80::1%25e]", "a.", "", "1.2.3.4", "\x00",
}

func FuzzHost(f *testing.F) {
	if len(hostSeeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range hostSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, authority string) {
		var scratch guard.Scratch
		host, ok := hygiene.ParseHost(authority, &scratch)
		if !ok {
			return
		}
		if strings.ToLower(host) != host || strings.ContainsAny(host, ",@/\\ %*?#") || len(host) > 253 {
			t.Errorf("ParseHost(%q) = %q", authority, host)
		}
		if again, ok := hygiene.ParseHost(host, &scratch); !ok || again != host {
			t.Errorf("ParseHost(%q) = %q, %v: not idempotent", host, again, ok)
		}
		if literal, v6 := strings.CutPrefix(host, "["); v6 {
			if _, err := netip.ParseAddr(strings.TrimSuffix(literal, "]")); err != nil {
				t.Errorf("ParseHost(%q) = %q: %v", authority, host, err)
			}
		} else if !strings.HasPrefix(strings.ToLower(authority), host) {
			t.Errorf("ParseHost(%q) = %q, which is not its beginning", authority, host)
		}
	})
}
