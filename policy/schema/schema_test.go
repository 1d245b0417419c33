package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sallyport.dev/sallyport/policy/document"
)

const whole = "../document/testdata/policy.json"

// supported is a policy with every section that has a guard.
const supported = `{
  "$schema": "https://sallyport.dev/policy.schema.json", "version": 1, "mode": "report",
  "host": {"headers_stop_iteration": true},
  "hygiene": {"max_headers": 50, "max_header_size": 4096, "max_path_size": "4KiB", "allow_path_parameters": true},
  "identities": {"partners": {"api_key": {
    "from": [{"header": "authorization", "scheme": "ApiKey"}, {"query": "key"}], "prefix": "sk_live_", "pepper": {"env": "PEPPER"},
    "clients": [{"id": "acme", "status": "active", "tenant": "t", "plan": "gold", "scopes": ["a"], "roles": ["b"],
      "keys": [{"id": "k", "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "not_before": "2026-01-01T00:00:00Z", "expires": "2027-01-01T00:00:00Z"},
        {"id": "old", "bcrypt": "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "starts_with": "old-"}]}],
    "bcrypt_rate": 2, "directory": {"url": "https://keys/{key_id}", "cluster": "keys", "authorization": {"env": "A"}, "timeout": "1s", "cache": "1h", "negative_cache": "1m", "stale": "1d"},
    "forward": {"key": true, "headers": {"x-client": "client"}}}}},
  "limits": {"l": {"by": ["client", "ip/24"], "token_bucket": {"capacity": 10, "refill_per_second": 0.5},
    "plans": {"gold": {"capacity": 100, "refill_per_second": 5}}, "cost": {"default": 1, "POST": 5}, "before": "authentication"}},
  "headers": {"response": {"preset": "web", "set": {"x-a": "b"}, "remove": ["server"]}},
  "audit": {"log": "all"},
  "routes": [{"name": "r", "hosts": ["a.example"], "path": "/{x}/**", "methods": ["GET"], "mode": "enforce", "public": false, "identities": ["partners"],
    "anonymous": true, "scopes": {"GET": ["a"], "POST": {"any": ["b"]}}, "roles": {"any": ["c"]}, "limits": ["l"], "timeout": "1m30s"}]
}`

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(ID, text); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(ID) // it checks the schema against its own schema
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func value(t *testing.T, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wholePolicy(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSchemaAcceptsPolicies(t *testing.T) {
	s := compiled(t)
	for name, text := range map[string][]byte{"the whole policy": wholePolicy(t), "what is supported": []byte(supported)} {
		if err := s.Validate(value(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	for name, text := range map[string]string{
		"nothing":             `{}`,
		"a list":              `[]`,
		"an unknown member":   `{"version": 1, "routes": [{"name": "a", "path": "/", "method": "GET"}]}`,
		"another version":     `{"version": 2, "routes": [{"name": "a", "path": "/"}]}`,
		"a bare secret":       strings.Replace(supported, `{"env": "PEPPER"}`, `"pepper"`, 1),
		"a secret both ways":  strings.Replace(supported, `{"env": "PEPPER"}`, `{"env": "PEPPER", "value": "x"}`, 1),
		"two algorithms":      strings.Replace(supported, `"plans":`, `"quota": {"limit": 1, "per": "day"}, "plans":`, 1),
		"an empty list":       strings.Replace(supported, `["GET"]`, `[]`, 1),
		"a scheme by itself":  strings.Replace(supported, `"header": "authorization"`, `"query": "a"`, 1),
		"a digest of nothing": strings.Replace(supported, `2c26b46b`, ``, 1),
	} {
		if err := s.Validate(value(t, []byte(text))); err == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
	}
}

// Every node of both policies is replaced by every kind of value, removed, and
// given a strange neighbour. The schema and the decoder judge each the same.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	s := compiled(t)
	counts := map[bool]int{}
	for _, text := range [][]byte{wholePolicy(t), []byte(supported)} {
		var root any
		if err := json.Unmarshal(text, &root); err != nil {
			t.Fatal(err)
		}
		mutate(root, func(v any) { root = v }, "", func(what string) {
			changed, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			bySchema := s.Validate(root)
			byDecoder := refusal(t, changed)
			counts[byDecoder == nil]++
			if (bySchema == nil) != (byDecoder == nil) {
				t.Errorf("%s\nschema: %v\ndecoder: %v", what, bySchema, byDecoder)
			}
		})
	}
	if counts[true] < 500 || counts[false] < 3000 {
		t.Errorf("%d documents accepted and %d refused by both, want hundreds and thousands", counts[true], counts[false])
	}
}

// refusal is what the decoder says of a document, apart from sections that are
// sound but not supported yet.
func refusal(t *testing.T, text []byte) error {
	_, err := document.Parse(text)
	if err == nil {
		return nil
	}
	var refused *document.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	var left document.Problems
	for _, p := range refused.Problems {
		if p.Found != "is not supported yet" {
			left.Add(p.Path, p.Found, p.Remedy)
		}
	}
	return left.Err()
}

var values = []any{nil, true, "", "x", "5s", "0s", "get", 0.0, 1.0, 5.5, -1.0, []any{}, []any{"x"}, map[string]any{}, map[string]any{"any": []any{"x"}}, map[string]any{"x": "y"}}

// mutate changes v and all that is in it, one change at a time, and calls try
// after each.
func mutate(v any, set func(any), path string, try func(what string)) {
	for _, other := range values {
		set(other)
		text, err := json.Marshal(other)
		if err != nil {
			panic(err)
		}
		try(path + " = " + string(text))
	}
	set(v)
	switch v := v.(type) {
	case map[string]any:
		v["zzz"] = 1.0
		try(path + " with a strange member")
		delete(v, "zzz")
		for name, member := range v {
			delete(v, name)
			try(path + " without " + name)
			v[name] = member
			mutate(member, func(other any) { v[name] = other }, path+"/"+name, try)
		}
	case []any:
		for i, element := range v {
			mutate(element, func(other any) { v[i] = other }, path+"/#", try)
		}
	}
}
