package docs_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/audit"
	"sallyport.dev/sallyport/policy/guard"
)

// TestAuditMembers: the table of observe.md has every member of a line, and no
// other.
func TestAuditMembers(t *testing.T) {
	r := &guard.Request{
		Method: "GET", Host: "h", Path: "/p", Headers: []guard.Header{{Name: "x-request-id", Value: "1"}}, Limit: guard.Limit{Name: "l"},
		Caller: guard.Caller{Identity: "i", Client: "c", Tenant: "t", Plan: "p", Key: "k", KeyExpires: "e", Scopes: []string{"s"}, Roles: []string{"r"}},
	}
	line := map[string]string{}
	if err := json.Unmarshal(audit.Append(nil, "denied", "orders", guard.Deny(guard.RateLimited), r), &line); err != nil {
		t.Fatal(err)
	}
	var described []string
	for _, row := range rows(read(t, "observe.md").text, "member") {
		described = append(described, regexp.MustCompile("[a-z_]+").FindAllString(row[0], -1)...)
	}
	for name := range line {
		if !slices.Contains(described, name) {
			t.Errorf("the table does not have %q", name)
		}
	}
	for _, name := range described {
		if _, ok := line[name]; !ok {
			t.Errorf("the table has %q, which no line has", name)
		}
	}
}

// TestStatsTags: the page and the bootstrap for production agree.
func TestStatsTags(t *testing.T) {
	bootstrap, err := os.ReadFile("../envoy/production/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range regexp.MustCompile(`"regex": ("[^\n]*")\}`).FindAllStringSubmatch(read(t, "observe.md").text, -1) {
		found++
		var regex string
		if err := json.Unmarshal([]byte(m[1]), &regex); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(bootstrap), "'"+regex+"'") {
			t.Errorf("envoy/production does not have %s", regex)
		}
	}
	if found != 3 {
		t.Errorf("%d tags found, want 3", found)
	}
}
