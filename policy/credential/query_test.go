package credential

import (
	"net/url"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

var querySeeds = []string{"", "&", "=", "key", "key=", "key=v", "a=1&key=v&b=2", "key=1&key=2", "%6bey=x", "k%65y=%2B+", "key=%", "key=%4", "key%=x", "&&key=a&&", "a=%zz", "KEY=1", "key==", ";key=1", "key=%00", "a=1;key=v", "key;a=1", "key=1;key=2", "a;b;key=v;c&key", "key=1;a=2&b=3"}

// The standard library is the oracle wherever it understands the query.
func FuzzQuery(f *testing.F) {
	for _, s := range querySeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		value, count := readQuery(query, "key")
		drop := func(name string) bool { return queryNameIs(name, "key") }
		rest := string(withoutQuery(nil, query, drop))
		if _, left := readQuery(rest, "key"); left != 0 {
			t.Fatalf("%q: %q still has the parameter", query, rest)
		}
		if count == 0 && rest != query {
			t.Fatalf("%q: nothing to take, and became %q", query, rest)
		}
		if kept := pairs(query, drop); kept != rest {
			t.Fatalf("%q: became %q, want %q", query, rest, kept)
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			return // the library gives up at ';' and at broken escapes anywhere
		}
		if len(values["key"]) != count {
			t.Fatalf("%q: %d values, the library says %q", query, count, values["key"])
		}
		if count > 0 {
			if got, ok := appendUnescaped(nil, value); !ok || string(got) != values["key"][0] {
				t.Fatalf("%q: value %q, %t; the library says %q", query, got, ok, values["key"][0])
			}
		}
	})
}

// pairs is withoutQuery, slow and obvious.
func pairs(query string, drop func(string) bool) string {
	var kept []string
	for _, pair := range strings.Split(query, "&") {
		parts := strings.Split(pair, ";")
		for i, part := range parts {
			if name, _, _ := strings.Cut(part, "="); drop(name) {
				parts = parts[:i]
				break
			}
		}
		if len(parts) > 0 {
			kept = append(kept, strings.Join(parts, ";"))
		}
	}
	return strings.Join(kept, "&")
}

// TestQueryPartedBySemicolons: Rack and others part a query at ';' too (HTML 4
// appendix B.2.2 had it so), so that is where a credential would be found.
func TestQueryPartedBySemicolons(t *testing.T) {
	drop := func(name string) bool { return queryNameIs(name, "key") }
	for _, c := range []struct {
		name, query, value string
		count              int
		rest               string
	}{
		{"behind one", "a=1;key=v&b=2", "v", 1, "a=1&b=2"},
		{"behind several", "a=1;b;key=v;c=2", "v;c=2", 1, "a=1;b"},
		{"first", "key=v;a=1&b=2", "v;a=1", 1, "b=2"},
		{"escaped", "a=1;%6bey=v", "v", 1, "a=1"},
		{"without a value", "key;a=1", "", 1, ""},
		{"beside an honest one", "a=1;key=v&key=w", "v", 2, "a=1"},
		{"twice in one", "key=v;key=w", "v;key=w", 2, ""},
		{"another's name", "a=1;keys=v", "", 0, "a=1;keys=v"},
	} {
		value, count := readQuery(c.query, "key")
		if rest := string(withoutQuery(nil, c.query, drop)); value != c.value || count != c.count || rest != c.rest {
			t.Errorf("%s: %q, %d, and %q is left; want %q, %d, %q", c.name, value, count, rest, c.value, c.count, c.rest)
		}
	}
}

func TestQuerySeedsAreThere(t *testing.T) {
	if len(querySeeds) < 15 {
		t.Errorf("%d seeds", len(querySeeds))
	}
}

// Headers that mean the same must read the same, and no value may panic.
func FuzzSource(f *testing.F) {
	for _, s := range []string{"", "k", "ApiKey", "ApiKey ", "ApiKey k", "apikey\tk", "Bearer x, ApiKey k", ",", "ApiKey,", "ApiKeyk", " k ", "\u212aey"} {
		f.Add(s)
	}
	scheme, plain := Source{Header: "h", Scheme: "apikey"}, Source{Header: "h"}
	f.Fuzz(func(t *testing.T, value string) {
		credential, count := scheme.read(value)
		if strings.Contains(value, ",") && count == 1 {
			t.Fatalf("%q is a list and gave one credential", value)
		}
		if padded, n := scheme.read(" " + value + "\t"); n != count || padded != credential {
			t.Fatalf("%q: white space changes %q, %d to %q, %d", value, credential, count, padded, n)
		}
		if upper, n := scheme.read(strings.ToUpper("ApiKey") + " x" + value); n != 1 && !strings.Contains(value, ",") || n == 1 && upper != trimSpace("x"+value) {
			t.Fatalf("%q behind a scheme gave %q, %d", value, upper, n)
		}
		if _, n := plain.read(value); n == 0 {
			t.Fatalf("%q: a header that is there counts", value)
		}
	})
}

// inQuery is an identity that reads a parameter.
type inQuery struct {
	name  string
	keeps bool
}

func (inQuery) Name() string        { return "a" }
func (q inQuery) Sources() []Source { return []Source{{Query: q.name}} }
func (inQuery) Owns() []string      { return nil }
func (q inQuery) Keeps() bool       { return q.keeps }

// TestStripTakesOtherSpellings: PHP makes names of a query those of variables, so
// that access.token is access_token. Nobody has read one of these, and not even
// the caller whose own credential goes upstream may send one along.
func TestStripTakesOtherSpellings(t *testing.T) {
	for _, c := range []struct{ name, parameter, query, want, kept string }{
		{"as it is", "access_token", "a=1&access_token=t", "a=1", "a=1&access_token=t"},
		{"a dot", "access_token", "access.token=t&a=1", "a=1", "a=1"},
		{"an escaped dot", "access_token", "access%2etoken=t&a=1", "a=1", "a=1"},
		{"a space", "access_token", "access+token=t&a=1", "a=1", "a=1"},
		{"a bracket", "access_token", "access%5Btoken=t&a=1", "a=1", "a=1"},
		{"a space before", "access_token", "+%20access_token=t&a=1", "a=1", "a=1"},
		{"behind a semicolon", "access_token", "a=1;access.token=t", "a=1", "a=1"},
		{"beside its own", "access_token", "access_token=t&access.token=u", "", "access_token=t"},
		{"a name with a dot", "api.key", "api_key=t&api.key=u", "", "api.key=u"},
		{"another name", "access_token", "accesstoken=t&access-token=u&access_tokens=v&xaccess_token=w", "accesstoken=t&access-token=u&access_tokens=v&xaccess_token=w", "accesstoken=t&access-token=u&access_tokens=v&xaccess_token=w"},
		{"nothing", "access_token", "", "", ""},
	} {
		for keeps, want := range map[bool]string{false: c.want, true: c.kept} {
			r := &guard.Request{Query: c.query, Caller: guard.Caller{Identity: "a"}}
			if NewStrip([]Holder{inQuery{c.parameter, keeps}}).Apply(r); r.Query != want {
				t.Errorf("%s, keeps %t: %q, want %q", c.name, keeps, r.Query, want)
			}
		}
	}
}
