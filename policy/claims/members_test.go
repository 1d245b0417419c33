package claims_test

import (
	"reflect"
	"testing"

	"sallyport.dev/sallyport/policy/claims"
)

func TestMembers(t *testing.T) {
	for _, c := range []struct {
		name, json string
		want       []claims.Member
		ok         bool
	}{
		{"texts and others", `{"cnf":{"jkt":"a","n":5,"o":{"jkt":"b"},"l":["x"],"kid":""},"jkt":"c"}`,
			[]claims.Member{{"jkt", "a", true}, {"n", "", false}, {"o", "", false}, {"l", "", false}, {"kid", "", true}}, true},
		{"empty", `{"cnf":{}}`, nil, true},
		{"absent", `{"a":{"cnf":{"jkt":"a"}}}`, nil, false},
		{"a list", `{"cnf":["jkt"]}`, nil, false},
		{"a text", `{"cnf":"jkt"}`, nil, false},
		{"null", `{"cnf":null}`, nil, false},
	} {
		s, err := claims.Parse([]byte(c.json), claims.Bounds{Bytes: 1000, Values: 100, Depth: 8})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got, ok := s.Members("cnf"); ok != c.ok || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v %t", c.name, got, ok)
		}
	}
	if _, ok := (*claims.Set)(nil).Members("cnf"); ok {
		t.Error("no set has members")
	}
}
