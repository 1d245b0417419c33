package main

import (
	"strings"
	"testing"
)

func TestCheckWarnsOfKeysThatEndSoon(t *testing.T) {
	key := func(expires string) string {
		return strings.Replace(sound, digestOne+`"`, digestOne+`", "expires": "`+expires+`"`, 1)
	}
	with := func(text, member string) string {
		return strings.Replace(text, `"prefix"`, member+`, "prefix"`, 1)
	}
	second := func(text, expires string) string {
		return strings.Replace(text, `]}]
`, `, {"id": "2", "sha256": "`+digestOf("a")+`"`+expires+`}]}]
`, 1)
	}
	const (
		where  = "-:5:41: warning: identities.partners.api_key.clients[0].keys[0] "
		rotate = ": make the client's next key with sallyport key rotate\n"
		remove = ": see by the metric sallyport.keys whether the client uses its other key, and remove this one\n"
	)
	for _, c := range []struct{ name, text, want string }{
		{"in six days", key("2026-07-08T11:00:00Z"), where + "expires in 6 days" + rotate},
		{"tomorrow", key("2026-07-02T13:00:00Z"), where + "expires in 1 day" + rotate},
		{"in an hour", key("2026-07-01T13:00:00Z"), where + "expires within a day" + rotate},
		{"this moment", key("2026-07-01T12:00:00Z"), where + "has expired: remove it\n"},
		{"in two weeks", key("2026-07-15T12:00:01Z"), ""},
		{"just within two weeks", key("2026-07-15T12:00:00Z"), where + "expires in 13 days" + rotate},
		{"in two months, of three", with(key("2026-09-01T12:00:00Z"), `"expiry_warning": "90d"`), where + "expires in 61 days" + rotate},
		{"never", with(key("2026-07-08T11:00:00Z"), `"expiry_warning": "0s"`), ""},
		{"expired, never", with(key("2026-06-08T11:00:00Z"), `"expiry_warning": "0s"`), where + "has expired: remove it\n"},
		{"the client has another for ever", second(key("2026-07-08T11:00:00Z"), ""), where + "expires in 6 days" + remove},
		{"the client has a longer one", second(key("2026-07-08T11:00:00Z"), `, "expires": "2026-12-01T00:00:00Z"`), where + "expires in 6 days" + remove},
		{"the client has one that has expired", second(key("2026-07-08T11:00:00Z"), `, "expires": "2026-01-01T00:00:00Z"`), where + "expires in 6 days" + rotate},
		{"no end", sound, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sallyport(t, c.text, peppered, "check", "-")
			r.has(t, 0, ": ok (", c.want)
			if c.want == "" && strings.Contains(r.err, "warning") {
				t.Errorf("warned: %s", r.err)
			}
		})
	}
}
