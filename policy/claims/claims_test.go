package claims_test

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/claims"
)

var bounds = claims.Bounds{Bytes: 4096, Values: 50, Depth: 4}

func parse(t *testing.T, text string) *claims.Set {
	t.Helper()
	s, err := claims.Parse([]byte(text), bounds)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, json string
		want       error
	}{
		{"empty", `{}`, nil},
		{"spaces around", " {\"a\":1}\n", nil},
		{"every type", `{"a":"","b":-1.5e3,"c":true,"d":false,"e":null,"f":[],"g":{},"h":[1,"x",[]]}`, nil},
		{"as deep as may be", `{"a":{"b":{"c":{}}}}`, nil},
		{"as large as may be", `{"a":"` + strings.Repeat("x", 4096-8) + `"}`, nil},
		{"as many as may be", `{"a":[` + strings.Repeat("1,", 48) + `1]}`, nil},

		{"nothing", ``, claims.ErrMalformed},
		{"a list", `[]`, claims.ErrMalformed},
		{"a text", `"x"`, claims.ErrMalformed},
		{"cut", `{"a":1`, claims.ErrMalformed},
		{"two", `{}{}`, claims.ErrMalformed},
		{"trailing bytes", `{} x`, claims.ErrMalformed},
		{"a member twice", `{"a":1,"a":1}`, claims.ErrMalformed},
		{"a member twice, escaped", `{"a":1,"\u0061":1}`, claims.ErrMalformed},
		{"a member twice, deep", `{"x":[{"a":1,"a":1}]}`, claims.ErrMalformed},
		{"not UTF-8", "{\"a\":\"\xff\"}", claims.ErrMalformed},
		{"half a surrogate", `{"a":"\ud800"}`, claims.ErrMalformed},
		{"a comment", `{"a":1}//`, claims.ErrMalformed},
		{"a comma too many", `{"a":1,}`, claims.ErrMalformed},
		{"a number with a zero before it", `{"a":01}`, claims.ErrMalformed},
		{"NaN", `{"a":NaN}`, claims.ErrMalformed},

		{"too large", `{"a":"` + strings.Repeat("x", 4096-7) + `"}`, claims.ErrBounds},
		{"too many", `{"a":[` + strings.Repeat("1,", 49) + `1]}`, claims.ErrBounds},
		{"too deep", `{"a":{"b":{"c":{"d":{}}}}}`, claims.ErrBounds},
		{"too deep, lists", `{"a":[[[[]]]]}`, claims.ErrBounds},
	} {
		if _, err := claims.Parse([]byte(c.json), bounds); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := claims.Parse([]byte(`{}`), claims.Bounds{}); !errors.Is(err, claims.ErrBounds) {
		t.Errorf("no bounds: %v", err)
	}
}

func TestClaim(t *testing.T) {
	s := parse(t, `{"sub":"u","n":5.0,"yes":true,"no":false,"nil":null,"list":["a"],"o":{"a":{"b":"deep"},"list":[{"x":"y"}],"":"empty"},
		"https://ex.com/o":{"roles":"r"},"o.a":{"c":"whole name"},"x.y":"dotted","x":{"y":"nested"},"esc\u0061pe":"é\n"}`)
	for name, want := range map[string]string{
		"sub": "u", "n": "5.0", "yes": "true", "no": "false", "o.a.c": "whole name", "https://ex.com/o.roles": "r", "x.y": "dotted", "escape": "é\n",
	} {
		if got, ok := s.Claim(name); !ok || got != want {
			t.Errorf("%s: %q, %t; want %q", name, got, ok, want)
		}
	}
	// o.a.b: the longest beginning is the member "o.a", and that has no b.
	for _, name := range []string{"", ".", "nil", "list", "o", "o.", "o.list", "o.list.x", "o.list.0", "o.a.b", "sub.x", ".sub", "sub.", "SUB", "o.a.c.d", "a"} {
		if got, ok := s.Claim(name); ok {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !s.Has("list") || !s.Has("o.a.c") || s.Has("nil") || s.Has("other") || !s.Has("no") {
		t.Error("Has")
	}
	for name, want := range map[string][2]bool{"yes": {true, true}, "no": {false, true}, "n": {}, "sub": {}, "nil": {}, "other": {}} {
		if value, ok := s.Bool(name); value != want[0] || ok != want[1] {
			t.Errorf("%s: %t, %t", name, value, ok)
		}
	}
	if _, ok := (*claims.Set)(nil).Claim("sub"); ok {
		t.Error("no set has a claim")
	}
}

func TestLists(t *testing.T) {
	s := parse(t, `{"aud":"one","auds":["one","two"],"mixed":["one",2],"none":[],"scope":" a  b ","empty":"","n":1,"o":{"roles":["r","s"]},"nested":[["a"]]}`)
	for _, c := range []struct {
		name         string
		texts, words []string
		ok           bool
	}{
		{"aud", []string{"one"}, []string{"one"}, true},
		{"auds", []string{"one", "two"}, []string{"one", "two"}, true},
		{"o.roles", []string{"r", "s"}, []string{"r", "s"}, true},
		{"none", nil, nil, true},
		{"scope", []string{" a  b "}, []string{"a", "b"}, true},
		{"empty", []string{""}, nil, true},
		{"mixed", nil, nil, false},
		{"nested", nil, nil, false},
		{"n", nil, nil, false},
		{"o", nil, nil, false},
		{"other", nil, nil, false},
	} {
		texts, ok := s.Texts(c.name)
		words, ok2 := s.Words(c.name)
		if !slices.Equal(texts, c.texts) || !slices.Equal(words, c.words) || ok != c.ok || ok2 != c.ok {
			t.Errorf("%s: texts %q %t, words %q %t", c.name, texts, ok, words, ok2)
		}
	}
}

func TestDate(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1e9, "-1": -1e9, "1.5": 15e8, "-1.5": -15e8, "1e3": 1e12, "1784894400": 1784894400e9, "1784894400.25": 1784894400250e6,
		"9223372036": 9223372036e9, "9223372037": math.MaxInt64, "-9223372037": math.MinInt64,
		"9223372036854775807": math.MaxInt64, "9223372036854775808": math.MaxInt64, "1e400": math.MaxInt64, "-1e400": math.MinInt64, "1e-400": 0,
	} {
		if got, ok := parse(t, `{"exp":`+text+`}`).Date("exp"); !ok || got != want {
			t.Errorf("%s: %d, %t; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{`"1784894400"`, `null`, `true`, `[1]`, `{}`, `""`} {
		if got, ok := parse(t, `{"exp":`+text+`}`).Date("exp"); ok {
			t.Errorf("%s: %d", text, got)
		}
	}
}

func TestAClaimIsReadWithoutAllocations(t *testing.T) {
	s := parse(t, `{"realm_access":{"tenant":"t"},"sub":"u"}`)
	if n := testing.AllocsPerRun(100, func() {
		if v, ok := s.Claim("realm_access.tenant"); !ok || v != "t" {
			t.Fatal("not found")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

var seeds = []string{
	`{}`, `[]`, ``, `{"a":1}`, `{"a":{"b":["c"]}}`, `{"a":1,"a":2}`, `{"a":"\u0000"}`, `{"a":1e999}`, `{"a":[[[[[[]]]]]]}`, `{"a":1}x`, `{"":""}`,
	`{"a.b":1,"a":{"b":2}}`, "{\"a\":\"\xff\"}", `{"exp":1784894400.5,"aud":["x"]}`, `{"a":nul}`,
}

// Whatever is taken the standard library takes too, and says the same of it.
func FuzzSet(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := claims.Parse([]byte(text), bounds)
		if err != nil {
			return
		}
		var want map[string]any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("%q is taken, and the library says %v", text, err)
		}
		for name, value := range want {
			got, ok := s.Claim(name)
			if text, isText := value.(string); isText && (!ok || got != text) {
				t.Fatalf("%q: %q, %t", name, got, ok)
			}
			s.Words(name)
			s.Date(name)
		}
	})
}

func TestSeedsAreThere(t *testing.T) {
	if len(seeds) < 15 {
		t.Errorf("%d seeds", len(seeds))
	}
}
