package document

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	pattern := regexp.MustCompile(DurationPattern)
	for text, want := range map[string]time.Duration{
		"0s": 0, "250ms": 250 * time.Millisecond, "5s": 5 * time.Second, "15m": 15 * time.Minute, "1h": time.Hour, "30d": 720 * time.Hour,
		"1h30m": 90 * time.Minute, "1d1h1m1s1ms": 25*time.Hour + time.Minute + time.Second + time.Millisecond,
		"106751d": 106751 * 24 * time.Hour, "007s": 7 * time.Second,
	} {
		if got, ok := ParseDuration(text); !ok || got != Duration(want) {
			t.Errorf("ParseDuration(%q) = %d, %t, want %d", text, got, ok, want)
		}
		if !pattern.MatchString(text) {
			t.Errorf("the pattern refuses %q", text)
		}
	}
	for _, text := range []string{"", "5", "s", "-5s", "+5s", "5 s", " 5s", "5S", "5s ", "1.5h", "5ns", "5us", "1w", "5s5s", "1s1m", "1ms1s", "٥s", "5s\n"} {
		if got, ok := ParseDuration(text); ok {
			t.Errorf("ParseDuration(%q) = %d, want a refusal", text, got)
		}
		if text != "" && pattern.MatchString(text) {
			t.Errorf("the pattern accepts %q", text)
		}
	}
	for _, text := range []string{"106752d", "9223372036854775807d", "18446744073709551621s", strings.Repeat("9", 400) + "s", "106751d24h"} {
		if got, ok := ParseDuration(text); ok {
			t.Errorf("ParseDuration(%q) = %d, want a refusal", text, got)
		}
	}
}

func TestParseSize(t *testing.T) {
	pattern := regexp.MustCompile(SizePattern)
	for text, want := range map[string]Size{"1B": 1, "64KiB": 65536, "1MiB": 1 << 20, "2GiB": 2 << 30, "064B": 64} {
		if got, ok := ParseSize(text); !ok || got != want || !pattern.MatchString(text) {
			t.Errorf("ParseSize(%q) = %d, %t, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "64", "0B", "000KiB", "KiB", "64KB", "64kib", "64 KiB", "-1B", "1.5MiB", "1MiB1B", "1MiB "} {
		if got, ok := ParseSize(text); ok || pattern.MatchString(text) {
			t.Errorf("ParseSize(%q) = %d, want a refusal", text, got)
		}
	}
	if got, ok := ParseSize("9007199254740993GiB"); ok {
		t.Errorf("ParseSize of too much = %d", got)
	}
}

func TestParseTime(t *testing.T) {
	pattern := regexp.MustCompile(TimePattern)
	for text, want := range map[string]string{
		"2026-01-01T00:00:00Z":                "2026-01-01T00:00:00Z",
		"2026-01-01T01:00:00+01:00":           "2026-01-01T00:00:00Z",
		"2024-02-29T23:59:59.123456789-11:30": "2024-03-01T11:29:59.123456789Z",
		"2026-01-01T00:00:00.0000000019Z":     "2026-01-01T00:00:00.000000001Z",
	} {
		got, ok := ParseTime(text)
		if shown := time.Unix(0, int64(got)).UTC().Format(time.RFC3339Nano); !ok || shown != want || !pattern.MatchString(text) {
			t.Errorf("ParseTime(%q) = %s, %t, want %s", text, shown, ok, want)
		}
	}
	for _, text := range []string{"", "2026", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01T0:00:00Z",
		"2026-01-01T00:00:00,5Z", "2026-01-01t00:00:00z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+01", "2026-01-01T00:00:00Z "} {
		if got, ok := ParseTime(text); ok || pattern.MatchString(text) {
			t.Errorf("ParseTime(%q) = %d, want a refusal", text, got)
		}
	}
	for _, text := range []string{"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z",
		"1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2262-06-01T00:00:00Z", "9999-01-01T00:00:00Z", "2026-01-01T00:00:00+25:00"} {
		if got, ok := ParseTime(text); ok {
			t.Errorf("ParseTime(%q) = %d, want a refusal", text, got)
		}
	}
}

func TestFormsEqualTheirPatterns(t *testing.T) {
	samples := []string{"", "a", "A", "_", "-", "a-b_c", "0", strings.Repeat("a", 63), strings.Repeat("a", 64), "GET", "M-SEARCH", "get", "G ET", "9A",
		strings.Repeat("A", 32), strings.Repeat("A", 33), digest, strings.ToUpper(digest), digest[1:], digest + "0", "g" + digest[1:], "client", "tenant", "ip", "ip/", "ip/24", "ip/056", "ip/1234",
		"route", "method", "path.", "path.id", "header.x-a", "claim.a.b", "claim.", "claim.https://example.com/a-b_c", "claim.a b", "claim." + strings.Repeat("a", 128), "claim." + strings.Repeat("a", 129), "query.a", "path.\n", "a\n", "é", "\xff",
		"https://example.com/team", " a", strings.Repeat("a", 128), strings.Repeat("a", 129)}
	for name, form := range Forms {
		pattern := regexp.MustCompile(form.Pattern)
		for _, s := range samples {
			if form.matches(s) != pattern.MatchString(s) {
				t.Errorf("form %s: matches(%q) = %t, the pattern says otherwise", name, s, form.matches(s))
			}
		}
	}
}

func TestSecretsHide(t *testing.T) {
	type holder struct{ S *Secret }
	s := Secret{Env: "hunter2", Value: "hunter2"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(format, s); strings.Contains(got, "hunter2") {
			t.Errorf("%s shows %s", format, got)
		}
		if got := fmt.Sprintf(format, holder{&s}); strings.Contains(got, "hunter2") {
			t.Errorf("%s of a holder shows %s", format, got)
		}
	}
}

// Every type of the document can be taken apart: a tag that cannot be read
// panics here and not in an operator's proxy.
func TestTags(t *testing.T) {
	all := shapes{}
	all.of(reflect.TypeFor[Document]())
	if len(all) < 50 {
		t.Errorf("%d types were taken apart, want all of them", len(all))
	}
	if got := depth(reflect.TypeFor[Document]()); got > typeDepth {
		t.Errorf("the types are %d deep, more than typeDepth says", got)
	}
	for typ, s := range all {
		for _, f := range s.fields {
			sf := typ.Field(f.place)
			if f.name == "" || sf.Tag.Get("doc") == "" {
				t.Errorf("%s.%s has no json or no doc tag", typ, sf.Name)
			}
			if with := f.with; with != "" {
				if _, ok := s.index[with]; !ok {
					t.Errorf("%s.%s stands with %q, which is no member", typ, sf.Name, with)
				}
			}
			for _, key := range tagKeys(sf.Tag) {
				if !strings.Contains(" json doc default required enum form keys min max above one unless with secret later ", " "+key+" ") {
					t.Errorf("%s.%s has a tag %q that nobody reads", typ, sf.Name, key)
				}
			}
		}
	}
}

// depth counts how deep types stand in a type.
func depth(t reflect.Type) int {
	deepest := 0
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		deepest = depth(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			deepest = max(deepest, depth(t.Field(i).Type))
		}
	}
	return deepest + 1
}

func tagKeys(tag reflect.StructTag) []string {
	var keys []string
	for _, m := range regexp.MustCompile(`([a-z]+):"(?:[^"\\]|\\.)*"`).FindAllStringSubmatch(string(tag), -1) {
		keys = append(keys, m[1])
	}
	return keys
}

func TestNearest(t *testing.T) {
	s := shapes{}.of(reflect.TypeFor[Route]())
	for name, want := range map[string]string{
		"method": "methods", "Methods": "methods", "time-out": "timeout", "allIdentities": "all_identities", "scope": "scopes", "roels": "roles",
		"nmae": "", "x": "", "": "", "paths": "path", "something": "", strings.Repeat("name", 1000): "",
	} {
		got := ""
		if i := s.nearest(name); i >= 0 {
			got = s.fields[i].name
		}
		if got != want {
			t.Errorf("nearest(%.20q) = %q, want %q", name, got, want)
		}
	}
}
