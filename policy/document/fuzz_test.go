package document

import (
	"os"
	"reflect"
	"testing"
)

// FuzzParse looks for text on which Parse panics, disagrees with itself, or
// refuses without saying where.
func FuzzParse(f *testing.F) {
	seeds := 0
	seed := func(text []byte) { f.Add(text); seeds++ }
	for _, c := range malformed {
		seed([]byte(c.json))
	}
	whole, err := os.ReadFile("testdata/policy.json")
	if err != nil {
		f.Fatal(err)
	}
	seed(whole)
	seed([]byte(smallest))
	seed([]byte(cost(`{"default": 2, "GET": 0}`)))
	seed([]byte(route(`"scopes": {"GET": ["a"], "POST": {"any": ["b"]}}, "timeout": "1h30m"`)))
	seed(manyKeys(3))
	if seeds < 100 {
		f.Fatalf("%d seeds, want 100 or more", seeds)
	}
	f.Fuzz(func(t *testing.T, json []byte) {
		before := string(json)
		doc, err := Parse(json)
		again, errAgain := Parse([]byte(before))
		if string(json) != before {
			t.Fatal("Parse changed the text")
		}
		if err == nil {
			if errAgain != nil || !reflect.DeepEqual(doc, again) {
				t.Fatalf("parsed twice: %+v and %+v (%v)", doc, again, errAgain)
			}
			return
		}
		if errAgain == nil || err.Error() != errAgain.Error() {
			t.Fatalf("refused twice: %v and %v", err, errAgain)
		}
		checkError(t, json, err)
	})
}

func checkError(t *testing.T, json []byte, err error) {
	refused, ok := err.(*Error)
	if !ok || len(refused.Problems) == 0 {
		t.Fatalf("refused with %v", err)
	}
	last := int64(0)
	for _, p := range refused.Problems {
		if p.Found == "" || p.Line < 1 || p.Column < 1 || p.Offset < last || p.Offset > int64(len(json)) {
			t.Fatalf("a problem without a place, or out of order: %+v", p)
		}
		last = p.Offset
	}
}
