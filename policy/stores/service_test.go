package stores

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestReadService(t *testing.T) {
	const (
		fine  = `{"code":"OK","currentLimit":{"requestsPerUnit":3,"unit":"HOUR"},"limitRemaining":2,"durationUntilReset":"1562s"}`
		spent = `{"code":"OK","currentLimit":{"requestsPerUnit":3,"unit":"HOUR"},"durationUntilReset":"1562s"}`
		over  = `{"code":"OVER_LIMIT","currentLimit":{"name":"users","requestsPerUnit":3,"unit":"MINUTE"},"durationUntilReset":"12s"}`
	)
	ok := func(statuses string) string { return `{"overallCode":"OK","statuses":[` + statuses + `]}` }
	denied := func(statuses string) string { return `{"overallCode":"OVER_LIMIT","statuses":[` + statuses + `]}` }
	level := Level{Left: 2, Next: 1562 * time.Second, Limit: 3, Window: 3600}
	zero := level
	zero.Left = 0
	full := Level{Next: 12 * time.Second, Wait: 12 * time.Second, Limit: 3, Window: 60}
	tests := []struct {
		name   string
		over   bool
		body   string
		denied int
		want   []Level
		err    error
	}{
		{"allowed", false, ok(fine), None, []Level{level}, nil},
		{"allowed, nothing remains", false, ok(spent), None, []Level{zero}, nil},
		{"allowed, with spaces and what newer services say", false, ` { "more" : [1,{"a":2}], "overallCode" : "OK", "statuses" : [ {"new":true,` + fine[1:] + ` ] } `, None, []Level{level}, nil},
		{"a fraction of a second", false, ok(strings.Replace(fine, "1562s", "1561.000000001s", 1)), None, []Level{level}, nil},
		{"unlimited", false, ok(`{"code":"OK","limitRemaining":4294967295}`), None, []Level{{Left: 4294967295}}, nil},
		{"over", true, denied(over), 0, []Level{full}, nil},
		{"the second is over", true, denied(fine + "," + over), 1, []Level{level, full}, nil},
		{"over at once", true, denied(strings.Replace(over, "12s", "0s", 1)), 0, []Level{{Next: time.Second, Wait: time.Second, Limit: 3, Window: 60}}, nil},
		{"no rule matches", false, ok(`{"code":"OK"}`), 0, []Level{{}}, errNoRule},
		{"one of two has no rule", false, ok(fine + `,{"code":"OK"}`), 0, []Level{{}, {}}, errNoRule},
		{"over, with the status of OK", false, denied(over), 0, []Level{{}}, errForm},
		{"OK, with the status of over", true, ok(fine), 0, []Level{{}}, errForm},
		{"OK, and one is over", false, ok(over), 0, []Level{{}}, errForm},
		{"over, and none is", true, denied(fine), 0, []Level{{}}, errForm},
		{"over, without a limit", true, denied(`{"code":"OVER_LIMIT"}`), 0, []Level{{}}, errForm},
		{"unknown", false, `{"overallCode":"UNKNOWN","statuses":[` + fine + `]}`, 0, []Level{{}}, errForm},
		{"no code", false, `{"statuses":[` + fine + `]}`, 0, []Level{{}}, errForm},
		{"a status without a code", false, ok(`{"currentLimit":{"requestsPerUnit":3,"unit":"HOUR"}}`), 0, []Level{{}}, errForm},
		{"too few", false, ok(fine), 0, []Level{{}, {}}, errForm},
		{"too many", false, ok(fine + "," + fine), 0, []Level{{}}, errForm},
		{"no statuses", false, `{"overallCode":"OK"}`, 0, []Level{{}}, errForm},
		{"an unknown unit", false, ok(strings.Replace(fine, "HOUR", "FORTNIGHT", 1)), 0, []Level{{}}, errForm},
		{"a negative number", false, ok(strings.Replace(fine, `:2`, `:-2`, 1)), 0, []Level{{}}, errForm},
		{"a number of 33 bits", false, ok(strings.Replace(fine, `:2`, `:4294967296`, 1)), 0, []Level{{}}, errForm},
		{"a negative time", false, ok(strings.Replace(fine, "1562s", "-1s", 1)), 0, []Level{{}}, errForm},
		{"a time without a unit", false, ok(strings.Replace(fine, "1562s", "1562", 1)), 0, []Level{{}}, errForm},
		{"a name twice", false, `{"overallCode":"OVER_LIMIT","overallCode":"OK","statuses":[` + fine + `]}`, 0, []Level{{}}, nil},
		{"two documents", false, ok(fine) + `{}`, 0, []Level{{}}, errForm},
		{"cut", false, strings.TrimSuffix(ok(fine), "}"), 0, []Level{{}}, errForm},
		{"nothing", false, ``, 0, []Level{{}}, errForm},
		{"text", false, "Bad Request\n\n", 0, []Level{{}}, errForm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			levels := make([]Level, len(tt.want))
			denied, err := readService([]byte(tt.body), tt.over, levels)
			if tt.name == "a name twice" {
				if err == nil {
					t.Fatal("it was taken")
				}
				return
			}
			if !errors.Is(err, tt.err) || err == nil && denied != tt.denied {
				t.Fatalf("got %d and %v, want %d and %v", denied, err, tt.denied, tt.err)
			}
			for i := range levels {
				if err == nil && levels[i] != tt.want[i] {
					t.Errorf("level %d is %+v, want %+v", i, levels[i], tt.want[i])
				}
			}
		})
	}
}

func FuzzReadService(f *testing.F) {
	f.Add([]byte(`{"overallCode":"OK","statuses":[{"code":"OK","currentLimit":{"requestsPerUnit":3,"unit":"HOUR"},"limitRemaining":2,"durationUntilReset":"1562s"}]}`), false)
	f.Add([]byte(`{"overallCode":"OVER_LIMIT","statuses":[{"code":"OVER_LIMIT","currentLimit":{"requestsPerUnit":3,"unit":"HOUR"},"durationUntilReset":"1.5s"}]}`), true)
	f.Add([]byte(`{"overallCode":"OK","statuses":[{"code":"OK"}]}`), false)
	f.Add([]byte("Bad Request\n\n"), true)
	f.Fuzz(func(t *testing.T, body []byte, over bool) {
		levels := make([]Level, 1)
		denied, err := readService(body, over, levels)
		if err != nil {
			return
		}
		if l := levels[0]; l.Left < 0 || l.Next < 0 || l.Wait < 0 || l.Limit < 0 || (denied != None) != over || over && l.Wait < time.Second {
			t.Fatalf("%d denied, %+v", denied, l)
		}
	})
}

func TestTheRequestOfTheService(t *testing.T) {
	asks := []Ask{
		{Descriptor: NewDescriptor(), Entries: []Entry{{Key: "limit", Value: "a"}, {Key: "client", Value: `ac"me`}, {Key: "plan", Value: ""}}, Tokens: 2},
		{Descriptor: NewOverride(7, "hour"), Entries: []Entry{{Key: "limit", Value: "b"}}, Tokens: 1},
	}
	want := `{"domain":"do\"main","descriptors":[` +
		`{"entries":[{"key":"limit","value":"a"},{"key":"client","value":"ac\"me"},{"key":"plan","value":""}],"hitsAddend":2},` +
		`{"entries":[{"key":"limit","value":"b"}],"limit":{"requestsPerUnit":7,"unit":"HOUR"},"hitsAddend":1}]}`
	if got := string(serviceCall(nil, `do"main`, asks)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestValuesThatAreNotTold: what is long, no text, or could be read as an entry
// stands as its hash, also where it is an entry of other requests alone.
func TestValuesThatAreNotTold(t *testing.T) {
	for value, told := range map[string]bool{
		"": true, "acme": true, "ac_me": true, strings.Repeat("x", 64): true, "my_plans": true, "client": true, "plan": true,
		strings.Repeat("x", 65): false, "\xff": false, "a_client_b": false, "a_client": false, "client_a": false, "_plan": false, "a_header.x_": false,
		"acme_plan_gold": false, "ip_192.0.2.1": false, "header.y_z": false, "a_claim.": false, "a_path.b": false, "limit_b": false, "my_header": true,
	} {
		got := Tell("client", value, false).Value
		if told && got != value || !told && got != hashed(value) {
			t.Errorf("%q is told as %q", value, got)
		}
	}
	if want := "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; hashed("") != want {
		t.Errorf("nothing is hashed as %s", hashed(""))
	}
}

// TestNamesThatAreTold: the service's configuration names limits, so a name is
// never hashed, and one that could be read as an entry is not for the service.
func TestNamesThatAreTold(t *testing.T) {
	for name, ok := range map[string]bool{
		"per_client": true, "ip_day": true, "client": true, "a_b": true, "a-client-b": true,
		"a_client_b": false, "per_ip_and_day": false,
	} {
		if IsTold(name) != ok {
			t.Errorf("%q: got %t", name, !ok)
		}
		if got := Tell("limit", name, false).Value; got != name {
			t.Errorf("%q is told as %q", name, got)
		}
	}
}

// TestNoTwoCallersShareAJoinedName: the service joins a descriptor's entries with
// '_'. Whatever clients say of themselves, what is joined tells them apart.
func TestNoTwoCallersShareAJoinedName(t *testing.T) {
	by := map[string][]string{
		"per": {"client"}, "per_client": {"ip"}, "ip": {"client", "ip"}, "l": {"client", "header.x"}, "l_client": {"header.x"},
	}
	values := []string{""}
	for i := 0; i < len(values) && len(values) < 250; i++ {
		for _, piece := range []string{"a", "client", "ip", "plan", "header.x", ""} {
			values = append(values, strings.TrimPrefix(values[i]+"_"+piece, "_"))
		}
	}
	seen := map[string]string{}
	for name, keys := range by {
		for first := range values {
			for second := range values {
				entries := []Entry{{Key: "limit", Value: name}, {Key: keys[0], Value: values[first]}}
				if len(keys) > 1 {
					entries = append(entries, Entry{Key: keys[1], Value: values[second]})
				} else if second > 0 {
					entries = append(entries, Entry{Key: "plan", Value: values[second]})
				}
				wantsOwnName(t, seen, entries)
			}
		}
	}
}

func wantsOwnName(t *testing.T, seen map[string]string, entries []Entry) {
	t.Helper()
	joined, is := "", ""
	for _, e := range entries {
		joined += e.Key + "_" + Tell(e.Key, e.Value, false).Value + "_"
		is += e.Key + "=" + e.Value + ";"
	}
	if was, ok := seen[joined]; ok && was != is {
		t.Fatalf("%s is %s and %s", joined, was, is)
	}
	seen[joined] = is
}
