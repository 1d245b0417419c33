package limits_test

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// claims are those of a caller, by name.
type claims map[string]string

func (c claims) Claim(name string) (value string, ok bool) {
	value, ok = c[name]
	return value, ok
}

// Each case says whether a second request finds the bucket of the first.
func TestWhatIsCountedApart(t *testing.T) {
	type requests []func(*guard.Request)
	long := strings.Repeat("x", 5000)
	anonymous := func(r *guard.Request) { r.Caller = guard.Caller{} }
	identity := func(name string) func(*guard.Request) { return func(r *guard.Request) { r.Caller.Identity = name } }
	tenant := func(name string) func(*guard.Request) { return func(r *guard.Request) { r.Caller.Tenant = name } }
	claim := func(name, value string) func(*guard.Request) {
		return func(r *guard.Request) { r.Caller.Claims = claims{name: value} }
	}
	tests := []struct {
		name          string
		by            []string
		first, second requests
		same          bool
	}{
		{"the same client", []string{"client"}, nil, requests{tenant("other")}, true},
		{"another client", []string{"client"}, nil, requests{client("other")}, false},
		{"the same id of another identity", []string{"client"}, nil, requests{identity("users")}, false},
		{"nobody and nobody", []string{"client"}, requests{anonymous}, requests{anonymous}, true},
		{"nobody and somebody", []string{"client"}, requests{anonymous}, nil, false},
		{"another tenant", []string{"tenant"}, nil, requests{tenant("t-2")}, false},
		{"no tenant", []string{"tenant"}, nil, requests{tenant("")}, false},
		{"methods", []string{"client", "method"}, nil, requests{method("POST")}, false},
		{"HEAD is GET", []string{"client", "method"}, nil, requests{method("HEAD")}, true},
		{"invented methods are one", []string{"client", "method"}, requests{method("FOO")}, requests{method("BAR")}, true},
		{"captures", []string{"path.id"}, requests{capture(1, "7")}, requests{capture(1, "8")}, false},
		{"another capture does not count", []string{"path.id"}, requests{capture(0, "7")}, requests{capture(0, "8")}, true},
		{"parts do not run together", []string{"path.tenant", "path.id"}, requests{capture(0, "ab"), capture(1, "c")}, requests{capture(0, "a"), capture(1, "bc")}, false},
		{"headers", []string{"header.X-App"}, requests{header("x-app", "a")}, requests{header("x-app", "b")}, false},
		{"the same header", []string{"header.X-App"}, requests{header("x-app", "a")}, requests{header("x-other", "b"), header("x-app", "a")}, true},
		{"no header", []string{"header.x-app"}, nil, requests{header("x-other", "a")}, true},
		{"no header and an empty one", []string{"header.x-app"}, nil, requests{header("x-app", "")}, false},
		{"a header sent twice", []string{"header.x-app"}, requests{header("x-app", "a")}, requests{header("x-app", "a", "a")}, false},
		{"a header sent twice is not one that is joined", []string{"header.x-app"}, requests{header("x-app", "ab", "c")}, requests{header("x-app", "a", "bc")}, false},
		{"the values of one header do not run into the next", []string{"header.a", "header.b"}, requests{header("b", "abcdef\x07")}, requests{header("a", "\x07abcdef")}, false},
		{"claims", []string{"claim.team"}, requests{claim("team", "a")}, requests{claim("team", "b")}, false},
		{"the same claim of another client", []string{"claim.team"}, requests{claim("team", "a")}, requests{claim("team", "a"), client("other"), identity("users")}, true},
		{"another claim does not count", []string{"claim.team"}, requests{claim("floor", "1")}, requests{claim("floor", "2")}, true},
		{"no claims and not this claim", []string{"claim.team"}, nil, requests{claim("floor", "1")}, true},
		{"no claim and an empty one", []string{"claim.team"}, nil, requests{claim("team", "")}, false},
		{"long claims differ", []string{"claim.team"}, requests{claim("team", long+"a")}, requests{claim("team", long+"b")}, false},
		{"long values differ", []string{"header.x-app"}, requests{header("x-app", long+"a")}, requests{header("x-app", long+"b")}, false},
		{"the same long value", []string{"header.x-app"}, requests{header("x-app", long)}, requests{header("x-app", long)}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": bucket(1, 0.001, tt.by...)}, "l")
			b.wants(guard.Allowed, tt.first...)
			b.wants(guard.RateLimited, tt.first...)
			want := guard.Allowed
			if tt.same {
				want = guard.RateLimited
			}
			b.wants(want, tt.second...)
		})
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		name          string
		by            []string
		first, second string
		same          bool
	}{
		{"the same IPv4", []string{"ip"}, "192.0.2.1", "192.0.2.1", true},
		{"another IPv4", []string{"ip"}, "192.0.2.1", "192.0.2.2", false},
		{"the same /64", []string{"ip"}, "2001:db8::1", "2001:db8::ffff:0:0:1", true},
		{"another /64", []string{"ip"}, "2001:db8::1", "2001:db8:0:1::1", false},
		{"IPv4 in IPv6", []string{"ip"}, "192.0.2.1", "::ffff:192.0.2.1", true},
		{"two IPv4 in IPv6", []string{"ip"}, "::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		{"zones", []string{"ip"}, "fe80::1%eth0", "fe80::1%eth1", true},
		{"IPv4 and IPv6 of the same bits", []string{"ip/24"}, "0.0.0.0", "::", false},
		{"in a /24", []string{"ip/24"}, "192.0.2.1", "192.0.2.200", true},
		{"in the next /24", []string{"ip/24"}, "192.0.2.1", "192.0.3.1", false},
		{"a /24 leaves IPv6 at /64", []string{"ip/24"}, "2001:db8::1", "2001:db8:0:1::1", false},
		{"in a /1", []string{"ip/1"}, "127.0.0.1", "1.2.3.4", true},
		{"in the other /1", []string{"ip/1"}, "127.0.0.1", "128.0.0.1", false},
		{"in a /32", []string{"ip/32"}, "192.0.2.1", "192.0.2.2", false},
		{"in a /56", []string{"ip/56"}, "2001:db8::1", "2001:db8:0:ff::1", true},
		{"in the next /56", []string{"ip/56"}, "2001:db8::1", "2001:db8:0:100::1", false},
		{"a /56 leaves IPv4 whole", []string{"ip/56"}, "192.0.2.1", "192.0.2.2", false},
		{"in a /33", []string{"ip/33"}, "2001:db8::1", "2001:db8:7fff::1", true},
		{"in a /65", []string{"ip/65"}, "2001:db8::1", "2001:db8::8000:0:0:1", false},
		{"in a /128", []string{"ip/128"}, "2001:db8::1", "2001:db8::2", false},
		{"both: IPv4", []string{"ip/24", "ip/48"}, "192.0.2.1", "192.0.2.2", true},
		{"both: IPv6", []string{"ip/48", "ip/24"}, "2001:db8::1", "2001:db8:0:1::1", true},
		{"both: another IPv6", []string{"ip/48", "ip/24"}, "2001:db8::1", "2001:db8:1::1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": before(bucket(1, 0.001, tt.by...))}, "l")
			b.from(tt.first).wants(guard.Allowed)
			want := guard.Allowed
			if tt.same {
				want = guard.RateLimited
			}
			b.from(tt.second).wants(want)
		})
	}
}

func TestTheAddressIsAskedForOnceAndOnlyWhenNeeded(t *testing.T) {
	b := set(t, map[string]document.Limit{"c": bucket(9, 1, "client")}, "c")
	b.wants(guard.Allowed)
	if n := b.world.Calls["SourceAddress"]; n != 0 {
		t.Errorf("asked %d times for nothing", n)
	}
	b = set(t, map[string]document.Limit{"a": bucket(9, 1, "ip"), "b": bucket(9, 1, "ip/24")}, "a", "b")
	b.wants(guard.Allowed)
	b.from("192.0.2.2").wants(guard.Allowed)
	if n := b.world.Calls["SourceAddress"]; n != 2 {
		t.Errorf("asked %d times in two requests", n)
	}
}
