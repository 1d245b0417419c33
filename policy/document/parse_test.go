package document

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

const smallest = `{"version": 1, "routes": [{"name": "a", "path": "/"}]}`

// parse reads a document that must be sound.
func parse(t *testing.T, json string) *Document {
	t.Helper()
	doc, err := Parse([]byte(json))
	if err != nil {
		t.Fatalf("Parse(%s): %v", json, err)
	}
	return doc
}

// problems reads a document that must not be.
func problems(t *testing.T, json []byte) []Problem {
	t.Helper()
	_, err := Parse(json)
	var refused *Error
	if !errors.As(err, &refused) || len(refused.Problems) == 0 {
		t.Fatalf("Parse = %v, want an *Error", err)
	}
	return refused.Problems
}

func TestDefaults(t *testing.T) {
	doc := parse(t, smallest)
	want := &Document{
		Version: 1,
		Mode:    Enforce,
		Hygiene: Hygiene{MaxHeaders: 100, MaxHeaderSize: 16 << 10, MaxHeadersSize: 60 << 10, MaxPathSize: 8 << 10},
		Audit:   Audit{Log: "denied"},
		Routes:  []Route{{Name: "a", Path: "/"}},
	}
	if !reflect.DeepEqual(doc, want) {
		t.Errorf("the smallest document is\n%+v\nwant\n%+v", doc, want)
	}
}

func TestDefaultsOfEverySection(t *testing.T) {
	doc := parse(t, `{"version": 1, "hygiene": {"max_headers": 7},
		"identities": {"a": {"api_key": {"clients": [{"id": "c", "keys": [{"id": "k", "sha256": "`+digest+`"}]}], "forward": {"headers": {"x": "client"}}}},
		               "b": {"api_key": {"clients": [{"id": "c", "keys": [{"id": "k", "sha256": "`+digest+`"}]}]}}},
		"limits": {"l": {"by": ["ip"], "token_bucket": {"capacity": 1, "refill_per_second": 1}}, "m": {"by": ["ip"], "token_bucket": {"capacity": 1, "refill_per_second": 1}, "cost": {"POST": 5}}},
		"headers": {"response": {"remove": ["server"]}},
		"routes": [{"name": "a", "path": "/"}]}`)
	a, b := doc.Identities["a"].APIKey, doc.Identities["b"].APIKey
	if want := []Source{{Header: "x-api-key"}}; !reflect.DeepEqual(a.From, want) || !reflect.DeepEqual(b.From, want) {
		t.Errorf("from = %+v and %+v, want %+v", a.From, b.From, want)
	}
	if a.From[0].Header = "changed"; b.From[0].Header == "changed" {
		t.Error("two identities share the memory of a default")
	}
	if a.Clients[0].Status != "active" || a.Forward.Key || b.Forward != nil || a.Pepper != nil {
		t.Errorf("api_key = %+v", a)
	}
	if doc.Hygiene.MaxHeaders != 7 || doc.Hygiene.MaxPathSize != 8<<10 {
		t.Errorf("hygiene = %+v", doc.Hygiene)
	}
	if l := doc.Limits["l"]; l.Cost.Default != 1 || l.Cost.ByMethod != nil {
		t.Errorf("cost = %+v", l.Cost)
	}
	if m := doc.Limits["m"]; m.Cost.Default != 1 || m.Cost.ByMethod["POST"] != 5 {
		t.Errorf("cost by method = %+v", m.Cost)
	}
	if doc.Headers.Response.Preset != "api" {
		t.Errorf("preset = %q", doc.Headers.Response.Preset)
	}
}

func TestSound(t *testing.T) {
	five := Duration(5e9)
	for _, c := range []struct {
		name, json string
		got        func(*Document) any
		want       any
	}{
		{"the schema's address", doc(`"$schema": "https://sallyport.dev/policy.schema.json"`), func(d *Document) any { return d.Schema }, "https://sallyport.dev/policy.schema.json"},
		{"5", doc(`"hygiene": {"max_headers": 5}`), func(d *Document) any { return d.Hygiene.MaxHeaders }, 5},
		{"5.0", doc(`"hygiene": {"max_headers": 5.0}`), func(d *Document) any { return d.Hygiene.MaxHeaders }, 5},
		{"5e0", doc(`"hygiene": {"max_headers": 5e0}`), func(d *Document) any { return d.Hygiene.MaxHeaders }, 5},
		{"1E+09", bucket(`1E+09`, `0.1`), func(d *Document) any { return d.Limits["a"].TokenBucket.Capacity }, int64(1e9)},
		{"version 1.0", `{"version": 1.0, "routes": [{"name": "a", "path": "/"}]}`, func(d *Document) any { return d.Version }, 1},
		{"a fraction where one may be", bucket(`1`, `0.1`), func(d *Document) any { return d.Limits["a"].TokenBucket.RefillPerSecond }, 0.1},
		{"a size as a string", doc(`"hygiene": {"max_path_size": "1MiB"}`), func(d *Document) any { return d.Hygiene.MaxPathSize }, Size(1 << 20)},
		{"a size as a number", doc(`"hygiene": {"max_path_size": 4.096e3}`), func(d *Document) any { return d.Hygiene.MaxPathSize }, Size(4096)},
		{"a duration", route(`"timeout": "5s"`), func(d *Document) any { return d.Routes[0].Timeout }, five},
		{"escapes", route(`"timeout": "\u0035s"`), func(d *Document) any { return d.Routes[0].Timeout }, five},
		{"escapes in a name", route(`"tim\u0065out": "5s"`), func(d *Document) any { return d.Routes[0].Timeout }, five},
		{"a time", key(`"expires": "1970-01-01T01:00:01+01:00"`), func(d *Document) any { return d.Identities["a"].APIKey.Clients[0].Keys[0].Expires }, Time(1e9)},
		{"all scopes", route(`"scopes": ["a", "b"]`), func(d *Document) any { return *d.Routes[0].Scopes.Every }, NameSet{All: []string{"a", "b"}}},
		{"any scope", route(`"scopes": {"any": ["a", "b"]}`), func(d *Document) any { return *d.Routes[0].Scopes.Every }, NameSet{Any: []string{"a", "b"}}},
		{"scopes by method", route(`"scopes": {"GET": ["a"], "POST": {"any": ["b"]}}`), func(d *Document) any { return d.Routes[0].Scopes.ByMethod },
			map[string]NameSet{"GET": {All: []string{"a"}}, "POST": {Any: []string{"b"}}}},
		{"a cost", cost(`3`), func(d *Document) any { return d.Limits["a"].Cost }, Cost{Default: 3}},
		{"costs by method", cost(`{"default": 2, "GET": 0}`), func(d *Document) any { return d.Limits["a"].Cost }, Cost{Default: 2, ByMethod: map[string]int64{"GET": 0}}},
		{"a cost of the response", cost(`{"response_header": "x-cost", "max": 9, "POST": 2}`), func(d *Document) any { return d.Limits["a"].Cost },
			Cost{Default: 1, ByMethod: map[string]int64{"POST": 2}, ResponseHeader: "x-cost", Max: 9}},
		{"limits of a route", route(`"limits": ["x", {"limit": "y", "cost": 20}, {"cost": {"GET": 0, "default": 2}, "limit": "z"}, {"limit": "w"}]`), func(d *Document) any { return d.Routes[0].Limits },
			[]RouteLimit{{Name: "x"}, {"y", &Cost{Default: 20}}, {"z", &Cost{Default: 2, ByMethod: map[string]int64{"GET": 0}}}, {Name: "w"}}},
		{"a secret in the environment", pepper(`{"env": "PEPPER"}`), func(d *Document) any { return *d.Identities["a"].APIKey.Pepper }, Secret{Env: "PEPPER"}},
		{"a secret in the policy", pepper(`{"value": "hunter2"}`), func(d *Document) any { return *d.Identities["a"].APIKey.Pepper }, Secret{Value: "hunter2"}},
		{"a scheme beside its header", source(`{"scheme": "ApiKey", "header": "authorization"}`), func(d *Document) any { return d.Identities["a"].APIKey.From[0] }, Source{Header: "authorization", Scheme: "ApiKey"}},
		{"spaces around", "\r\n\t " + smallest + "\n", func(d *Document) any { return d.Routes[0].Name }, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.got(parse(t, c.json)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("Parse(%s): %v, want %v", c.json, got, c.want)
			}
		})
	}
}

// The annotated policy is the contract with users: every member of it is known,
// and what has no guard yet is refused by name.
func TestWholePolicy(t *testing.T) {
	json, err := os.ReadFile("testdata/policy.json")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems(t, json) {
		if p.Found != "is not supported yet" || p.Remedy != "remove it, or use a version of Sallyport that has it" {
			t.Errorf("%d:%d: %s", p.Line, p.Column, p)
		}
		got = append(got, string(p.Path))
	}
	want := []string{
		"identities.mesh.mtls",
		"routes[3].tenant", "routes[3].allow",
		"routes[3].body", "routes[3].response", "routes[4].graphql", "routes[5].all_identities", "routes[5].grpc",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("not supported yet:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestBounds(t *testing.T) {
	deep := func(n int) []byte {
		return []byte(strings.Repeat("[", n) + strings.Repeat("]", n))
	}
	if got := problems(t, deep(MaxDepth))[0].String(); got != "the document is a list: write an object" {
		t.Errorf("at the bound: %s", got)
	}
	for _, json := range [][]byte{
		deep(MaxDepth + 1), deep(100_000),
		bytes.Repeat([]byte(`{"a":`), 100_000),
		bytes.Repeat([]byte(`[{"\"":`), 100_000),
	} {
		all := problems(t, json)
		if len(all) != 1 || all[0].String() != "the document has more than 64 lists and objects inside one another: no policy needs that" {
			t.Errorf("%.20s…: %v", json, all)
		}
	}
	if got := problems(t, deep(MaxDepth+1))[0]; got.Line != 1 || got.Column != MaxDepth+1 {
		t.Errorf("too deep at %d:%d", got.Line, got.Column)
	}
	quoted := doc(`"host": {"` + strings.Repeat("[", 100) + `\"{": 1}`)
	if got := problems(t, []byte(quoted))[0]; got.Found != "is not known" {
		t.Errorf("brackets in a string count: %s", got)
	}
	large := append([]byte(smallest), bytes.Repeat([]byte(" "), MaxSize-len(smallest))...)
	parse(t, string(large))
	if got := problems(t, append(large, ' '))[0].String(); got != "the document has 8388609 bytes: keep it within 8388608" {
		t.Errorf("too large: %s", got)
	}
}

// A list of a few bytes an element does not get room for as many of our types.
func TestRoomIsBoundedByTheText(t *testing.T) {
	text := []byte("[" + strings.Repeat("0,", 1_000_000) + "0]")
	if got, most := roomFor(text, 1000), 4*len(text)/1000+1; got > most {
		t.Errorf("room for %d elements, want %d at most", got, most)
	}
	if got := roomFor([]byte(`[{"a": [1, 2]}, ",\"],", [3, 4]] , 5`), 16); got != 3 {
		t.Errorf("room for %d elements, want 3", got)
	}
	if got := roomFor([]byte(`[1, `), 16); got < 1 || got > 2 {
		t.Errorf("room for %d elements of half a list", got)
	}
}

func TestTooManyProblemsEnd(t *testing.T) {
	var b strings.Builder
	for i := range 10_000 {
		b.WriteString(`"unknown` + strconv.Itoa(i) + `": 1, `)
	}
	all := problems(t, []byte(`{`+b.String()+`"version": 2}`))
	if last := all[len(all)-1].String(); len(all) != maxProblems+1 || last != "the document has more problems: correct these first" {
		t.Errorf("%d problems, the last: %s", len(all), last)
	}
}

func TestProblemsAreInOrder(t *testing.T) {
	all := problems(t, []byte(`{
  "routes": [
    {"path": "/", "methods": ["get"]},
    {"name": "a", "path": "/"},
    {"name": "a", "path": 5}
  ],
  "version": 3,
  "audit": {}
}`))
	want := []string{
		`3:5: routes[0].name is missing`, `3:31: routes[0].methods[0] is "get"`, `5:14: routes[2].name is "a", the name of routes[1] too`,
		`5:27: routes[2].path is 5`, `7:14: version is 3`, `8:12: audit is empty`,
	}
	for i, p := range all {
		if got := strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column) + ": " + string(p.Path) + " " + p.Found; i >= len(want) || got != want[i] {
			t.Errorf("problem %d: %s", i, got)
		}
	}
	if len(all) != len(want) {
		t.Errorf("%d problems, want %d", len(all), len(want))
	}
}
