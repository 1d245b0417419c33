package hygiene

import (
	"fmt"
	"strings"
	"testing"
)

// A policy with many own names must not make every header expensive: the
// longest run of taken slots is what one look-up can cost.
func TestOwnNamesStandApart(t *testing.T) {
	for _, form := range []string{"x-claim-%d", "x-%d-claim", "%d"} {
		var names []string
		for i := range 100 {
			names = append(names, fmt.Sprintf(form, i))
		}
		o := newOwnNames(names)
		longest := 0
		for at := range o.slots {
			run := 0
			for o.slots[(at+run)&int(o.mask)] != "" {
				run++
			}
			longest = max(longest, run)
		}
		if longest > 6 {
			t.Errorf("%s: a look-up can cost %d comparisons", form, longest)
		}
		for _, name := range names {
			if !o.has(strings.ToUpper(name)) {
				t.Errorf("%s is not found", name)
			}
		}
	}
}

func TestValidValueAtEveryPlace(t *testing.T) {
	for length := range 40 {
		clean := strings.Repeat("a\t\xff~", length)[:length]
		if !validValue(clean) {
			t.Errorf("%d clean bytes are refused", length)
		}
		for at := range length {
			for _, bad := range []string{"\r", "\n", "\x00"} {
				if validValue(clean[:at] + bad + clean[at+1:]) {
					t.Errorf("%q at %d of %d passes", bad, at, length)
				}
			}
		}
	}
}

func FuzzHeaders(f *testing.F) {
	seeds := [][2]string{{"accept", "*/*"}, {"x_client_id", "a"}, {"", ""}, {"x:y", "\r\n"}, {"X-Client-Id", "\x00"}, {"x-é", "é"}}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed[0], seed[1])
	}
	o := newOwnNames([]string{"x-client-id"})
	f.Fuzz(func(t *testing.T, name, value string) {
		ok := validName(name)
		token := name != "" && strings.Trim(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") == ""
		if ok != token {
			t.Errorf("the name %q is well-formed: %v", name, ok)
		}
		if validValue(value) == strings.ContainsAny(value, "\r\n\x00") {
			t.Errorf("the value %q is valid: %v", value, validValue(value))
		}
		if strings.EqualFold(strings.ReplaceAll(name, "_", "-"), "x-client-id") && len(name) == 11 && !o.has(name) {
			t.Errorf("%q is not found", name)
		}
	})
}
