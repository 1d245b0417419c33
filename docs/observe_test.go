package docs_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy"
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
	tags := statsTags(t)
	for _, regex := range tags {
		if !strings.Contains(string(bootstrap), "'"+regex+"'") {
			t.Errorf("envoy/production does not have %s", regex)
		}
	}
	if len(tags) != 11 {
		t.Errorf("%d tags found, want 11", len(tags))
	}
}

// statsTags is the page's regular expressions, by the name of the tag.
func statsTags(t *testing.T) map[string]string {
	t.Helper()
	tags := map[string]string{}
	for _, m := range regexp.MustCompile(`"tag_name": "(\w+)", +"regex": ("[^\n]*")\}`).FindAllStringSubmatch(read(t, "observe.md").text, -1) {
		var regex string
		if err := json.Unmarshal([]byte(m[2]), &regex); err != nil {
			t.Fatal(err)
		}
		tags[m[1]] = regex
	}
	return tags
}

// TestCountersOfKeys: the page's tags cut the labels out of the counters that a
// policy has, and the page's example of a label is one.
func TestCountersOfKeys(t *testing.T) {
	p, err := policy.Compile([]byte(`{"version": 1, "identities": {"partners": {"api_key": {"prefix": "sk_", "directory": {"url": "http://k/{key_id}", "cluster": "k"}, "clients": [{"id": "Acme, Ltd", "keys": [
		{"id": "2026a", "sha256": "`+strings.Repeat("0", 64)+`", "expires": "2250-01-01T00:00:00Z"}]}]}},
		"opaque": {"introspection": {"url": "https://a/", "cluster": "a", "client_id": "a", "client_secret": {"value": "a"}, "audiences": ["a"]}},
		"users": {"jwt": {"issuer": "https://a", "audiences": ["a"], "algorithms": ["RS256"], "keys": {"jwks_uri": "https://a/", "cluster": "a"}}}},
		"stores": {"redis": {"webdis": {"cluster": "w"}}}, "limits": {"l": {"by": ["client"], "quota": {"limit": 1, "per": "day"}, "store": "redis"}},
		"routes": [{"name": "a", "path": "/", "identities": ["partners", "opaque", "users"], "limits": ["l"],
			"version": {"deprecated": "2025-01-01T00:00:00Z"}}]}`), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	page, found := read(t, "observe.md").text, map[string]map[string]string{}
	for _, name := range p.Metrics() {
		name = "wasmcustom." + name
		labels, rest := map[string]string{}, name
		for tag, regex := range statsTags(t) {
			if m := regexp.MustCompile(regex).FindStringSubmatch(name); m != nil {
				labels[tag], rest = m[2], strings.Replace(rest, m[1], "", 1)
			}
		}
		found[rest] = labels // of a directory and a store the event that comes last
	}
	const client = "Acme__Ltd-c62fd0c5"
	want := map[string]map[string]string{
		"wasmcustom.sallyport.keys":          {"identity": "partners", "client": client, "key": "2026a"},
		"wasmcustom.sallyport.keys_expiring": {"identity": "partners", "client": client},
		"wasmcustom.sallyport.directory":     {"identity": "partners", "event": "stale"},
		"wasmcustom.sallyport.introspection": {"identity": "opaque", "event": "failed"},
		"wasmcustom.sallyport.tokens":        {"identity": "users", "event": "verified"},
		"wasmcustom.sallyport.fetched":       {"document": "users-keys", "event": "malformed"},
		"wasmcustom.sallyport.stores":        {"store": "redis", "event": "denied"},
		"wasmcustom.sallyport.version":       {"route": "a", "identity": "users"},
	}
	if !reflect.DeepEqual(found, want) || !strings.Contains(page, "`"+client+"`") {
		t.Errorf("counters %v\nwant     %v, and the label on the page", found, want)
	}
}
