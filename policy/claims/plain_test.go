package claims

import (
	"slices"
	"testing"
	"unsafe"
)

// FuzzPlain holds the reader of plain sets against the strict decoder: what it
// takes is sound, within the bounds, and means the same.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":-0,"b":[1,"x",[]],"c":{"d":true,"e":false,"f":null}}`, `{"a":1,"a":1}`, `{"x":[{"a":1,"a":1}]}`,
		`{"a":{"a":{"a":{}}}}`, `{"a":01}`, `{"a":1.5}`, `{"a":-}`, `{"a":1e3}`, `{"a":truely}`, `{"a":[1,]}`, `{"a":1,}`, `{"a":1}]`, `{"a":[}`, `{"a" 1}`,
		`{"a":"\u0061"}`, `{"a":"é"}`, "{\"a\":\"\x7f\"}", "{\"a\":\"\x00\"}", `{"":""}`, `{"a":1}{}`, "{\"a\":1}\x00", `[]`, `1`, ``, `{`, `{"a"`, `{"a":`, `{,}`, `{"a":[[[[[[[[[]]]]]]]]]}`,
		`{"iss":"https://auth.example.com","aud":["api.example.com"],"exp":1900000000,"scope":"a b"}`,
	} {
		f.Add(seed, 20, 6)
	}
	f.Fuzz(func(t *testing.T, json string, values, depth int) {
		b := Bounds{Bytes: 4096, Values: values, Depth: depth}
		nodes, ok := readPlain(json, nil, b)
		if !ok || len(json) > b.Bytes {
			return
		}
		want, err := takeStrictly([]byte(json), b)
		if err != nil {
			t.Fatalf("%q is taken, and is %v", json, err)
		}
		if got := (&Set{json, nodes}); want.text != json || !slices.Equal(got.nodes, want.nodes) {
			t.Fatalf("%q is read as %v, want %v", json, got.nodes, want.nodes)
		}
	})
}

// TestPlain: which sets are read without the decoder. One that is not costs some
// microseconds, and nothing else.
func TestPlain(t *testing.T) {
	for json, want := range map[string]bool{
		`{"iss":"https://auth.example.com","aud":["a","b"],"exp":1900000000,"ok":true,"no":null,"realm_access":{"roles":["x"]}}`: true,
		" {\r\n\t\"a\" : [ ] , \"b\" : { } } ": true,
		`{"a":1.5}`:                            false,
		`{"a":"\n"}`:                           false,
		`{"name":"Zoë"}`:                       false,
		`{"a":1,"a":1}`:                        false,
		`{"a":1} {}`:                           false,
		`{"a":[1}`:                             false,
		`{"a":{"b":[{}]}}`:                     true,
		`{"a":[[[{}]]]}`:                       false, // deeper than the bounds
		`{"a":[1,2,3,4,5,6,7,8,9,10,11,12]}`:   false, // more than the bounds
	} {
		if _, ok := readPlain(json, nil, Bounds{Bytes: 4096, Values: 12, Depth: 4}); ok != want {
			t.Errorf("%s: %v", json, ok)
		}
	}
}

// TestNodesHaveNoPointers holds what is remembered of a token small.
func TestNodesHaveNoPointers(t *testing.T) {
	if size := unsafe.Sizeof(node{}); size != 24 {
		t.Errorf("a node has %d bytes", size)
	}
}

// TestNames holds Names against Texts.
func TestNames(t *testing.T) {
	wanted := []string{"a", "b"}
	for _, json := range []string{`{"aud":"a"}`, `{"aud":"c"}`, `{"aud":["c","b"]}`, `{"aud":["c"]}`, `{"aud":["a",1]}`, `{"aud":[1,"a"]}`, `{"aud":[]}`, `{"aud":1}`,
		`{"aud":["a",["b"]]}`, `{"aud":{"a":"a"}}`, `{"aud":null}`, `{}`, `{"aud":["\u0061"]}`} {
		s, err := Parse([]byte(json), Bounds{Bytes: 100, Values: 10, Depth: 4})
		if err != nil {
			t.Fatal(err)
		}
		texts, ok := s.Texts("aud")
		want := ok && slices.ContainsFunc(texts, func(text string) bool { return slices.Contains(wanted, text) })
		if got := s.Names("aud", wanted); got != want {
			t.Errorf("%s: %v", json, got)
		}
	}
	if (*Set)(nil).Names("aud", wanted) {
		t.Error("of no set")
	}
}

// TestStands holds the short cut for texts that a header carries as they are.
func TestStands(t *testing.T) {
	for _, text := range []string{"", "a", " ", " a", "a ", "a b", "%", "é", "a,b", "\x7f", "a\nb", "~!"} {
		if got, want := stands(text), string(escape(nil, text, false)) == text; got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
