package revocation

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("a", maxID)
	for name, c := range map[string]struct {
		body string
		want []string
		ok   bool
	}{
		"json":                     {`["a", "b"]`, []string{"a", "b"}, true},
		"json, nothing revoked":    {" [\n] ", nil, true},
		"json, escapes":            {`["a\"b", "\u00e4", "c d", "é"]`, []string{`a"b`, "ä", "c d", "é"}, true},
		"json, twice":              {`["a", "a"]`, []string{"a", "a"}, true},
		"json, long":               {`["` + long + `"]`, []string{long}, true},
		"json, too long":           {body: `["` + long + `a"]`},
		"json, empty text":         {body: `["a", ""]`},
		"json, a number":           {body: `["a", 1]`},
		"json, null":               {body: `[null]`},
		"json, an object":          {body: `["a", {"jti": "b"}]`},
		"json, an array":           {body: `[["a"]]`},
		"json, cut off":            {body: `["a", "b`},
		"json, cut off behind one": {body: `["a", "b"`},
		"json, a comma more":       {body: `["a",]`},
		"json, more behind":        {body: `["a"] ["b"]`},
		"json, rubbish behind":     {body: `["a"] x`},
		"json, no text":            {body: "[\"a\xff\"]"},
		"json, half a character":   {body: `["\ud800"]`},
		"json, endlessly deep":     {body: strings.Repeat("[", 1_000_000)},
		"lines":                    {"a\nb\n", []string{"a", "b"}, true},
		"lines, no newline":        {"a\nb", []string{"a", "b"}, true},
		"lines, of windows":        {"a\r\n\r\nb\r\n", []string{"a", "b"}, true},
		"lines, comments":          {"# of today\n\na\n#b\n", []string{"a"}, true},
		"lines, nothing revoked":   {"#\n", nil, true},
		"lines, a byte each":       {"~\n!\n", []string{"~", "!"}, true},
		"lines, long":              {long + "\n", []string{long}, true},
		"lines, too long":          {body: long + "a\n"},
		"lines, spaces":            {body: "a b\n"},
		"lines, a space behind":    {body: "a \n"},
		"lines, a control":         {body: "a\x00\n"},
		"lines, not ascii":         {body: "ä\n"},
		"nothing":                  {},
		"a newline":                {body: "\n"},
		"newlines of windows":      {body: "\r\n\r\n"},
		"a page":                   {body: "<!DOCTYPE html>\n"},
		"an object":                {body: `{"error":"x"}`},
		"a text":                   {body: `"a"`},
		"a table":                  {body: "jti,exp\n"},
		"a sentence":               {body: "Service unavailable\n"},
		"too much":                 {body: strings.Repeat("a\n", MaxSize/2+1)},
		"a magic alone":            {body: "\x89SPR"},
	} {
		l, err := Parse([]byte(c.body))
		if !c.ok {
			if err != ErrList || l != nil {
				t.Errorf("%s: %v, %v, want it refused", name, l, err)
			}
			continue
		}
		if err != nil || l.Len() != len(c.want) {
			t.Errorf("%s: %v, %v", name, l, err)
			continue
		}
		for _, id := range c.want {
			if !l.Revoked(id) {
				t.Errorf("%s: %q is not revoked", name, id)
			}
		}
		for _, id := range []string{"", "x", "A", "a ", "#b", "ab", long + "a", long[1:]} {
			if l.Revoked(id) {
				t.Errorf("%s: %q is revoked", name, id)
			}
		}
	}
}

// TestNothingKnownRevokesAll: a list that was forgotten lets nobody through.
func TestNothingKnownRevokesAll(t *testing.T) {
	if !(*List)(nil).Revoked("a") || !(&List{}).Revoked("a") {
		t.Error("a list of nothing lets a token through")
	}
}

func TestNew(t *testing.T) {
	l, err := New("a", "b")
	if err != nil || !l.Revoked("a") || !l.Revoked("b") || l.Revoked("c") {
		t.Errorf("%v, %v", l, err)
	}
	if l, err := New(); err != nil || l.Revoked("a") {
		t.Errorf("of nothing: %v, %v", l, err)
	}
	if _, err := New("a", ""); err != ErrList {
		t.Errorf("an empty identifier: %v", err)
	}
}

// TestListIsASet: a list has what was put in, and nothing else.
func TestListIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-c]{1,3}`)
		ids := rapid.SliceOf(id).Draw(t, "ids")
		set := map[string]bool{}
		for _, id := range ids {
			set[id] = true
		}
		l, err := New(ids...)
		if err != nil {
			t.Fatal(err)
		}
		for _, asked := range rapid.SliceOf(id).Draw(t, "asked") {
			if l.Revoked(asked) != set[asked] {
				t.Errorf("%q: %t", asked, l.Revoked(asked))
			}
		}
	})
}

func TestAskingAllocatesNothing(t *testing.T) {
	filtered, err := Encode([]string{"a"}, 0.001)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range [][]byte{[]byte(`["a"]`), filtered} {
		l, err := Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		jti := strings.Repeat("x", 36)
		if n := testing.AllocsPerRun(100, func() {
			if l.Revoked(jti) {
				t.Error("revoked")
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// FuzzParse: what is read in any form can be written as a list of JSON and is
// then the same.
func FuzzParse(f *testing.F) {
	filtered, err := Encode([]string{"a", "b"}, 0.01)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{`["a", "b"]`, "a\nb\n", "# c\n", `[]`, ``, `{"a": 1}`, string(filtered), string(filtered[:20]), `["\u00e4"]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := Parse(body)
		if err != nil {
			return
		}
		if l.filter != nil {
			if again := l.filter.encode(); string(again) != string(body) {
				t.Errorf("%x is written as %x", body, again)
			}
			l.Revoked("a")
			return
		}
		for i := range l.Len() {
			if id := l.id(i); id == "" || len(id) > maxID || !l.Revoked(id) {
				t.Errorf("%q of the list is not revoked", id)
			}
		}
		if l.Revoked(fmt.Sprintf("%x and more", body)) {
			t.Error("what is not in the list is revoked")
		}
	})
}

func BenchmarkRevoked(b *testing.B) {
	ids := make([]string, 20_000)
	for i := range ids {
		ids[i] = fmt.Sprintf("%08x-0000-4000-8000-000000000000", i)
	}
	exact, err := New(ids...)
	if err != nil {
		b.Fatal(err)
	}
	body, err := Encode(ids, 0.001)
	if err != nil {
		b.Fatal(err)
	}
	filter, err := Parse(body)
	if err != nil {
		b.Fatal(err)
	}
	for name, l := range map[string]*List{"exact": exact, "filter": filter} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if !l.Revoked(ids[77]) {
					b.Fatal("not revoked")
				}
			}
		})
	}
}
