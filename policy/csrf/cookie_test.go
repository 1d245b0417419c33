package csrf

import (
	"net/http"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

func cookieOf(fields ...string) cookies {
	r := &guard.Request{}
	for _, f := range fields {
		r.Headers = append(r.Headers, guard.Header{Name: "cookie", Value: f})
	}
	return readCookies(r, "__Host-csrf", "__Host-session")
}

// TestCookies: one cookie of a name has a value; what some server could take for
// it counts as a double.
func TestCookies(t *testing.T) {
	for _, c := range []struct {
		name           string
		value          string
		exact, similar int
		fields         []string
	}{
		{"absent", "", 0, 0, nil},
		{"alone", "v", 1, 0, []string{"__Host-session=v"}},
		{"among others", "v", 1, 0, []string{"a=b; __Host-session=v; c=d"}},
		{"without a space", "v", 1, 0, []string{"a=b;__Host-session=v;c=d"}},
		{"in a second field", "v", 1, 0, []string{"a=b", "__Host-session=v"}},
		{"with spaces", "v", 1, 0, []string{"__Host-session \t= v \t"}},
		{"with '=' in it", "v==", 1, 0, []string{"__Host-session=v=="}},
		{"with a comma in it", "v,w", 1, 0, []string{"__Host-session=v,w"}},
		{"without a value", "", 1, 0, []string{"__Host-session="}},
		{"without '='", "", 1, 0, []string{"__Host-session"}},
		{"doubled", "w", 2, 0, []string{"__Host-session=v; __Host-session=w"}},
		{"doubled in two fields", "w", 2, 0, []string{"__Host-session=v", "__Host-session=w"}},
		{"a longer name", "", 0, 0, []string{"__Host-session2=v; x__Host-session=w; __Host-sessio=u"}},
		{"as a value", "", 0, 0, []string{"a=__Host-session"}},
		{"as a value with '='", "", 0, 0, []string{"a=__Host-session=v"}},

		{"in other case", "", 0, 1, []string{"__host-SESSION=v"}},
		{"with dots for PHP", "", 0, 1, []string{"..Host-session=v"}},
		{"with a bracket for PHP", "", 0, 1, []string{"_[Host-session=v"}},
		{"encoded", "", 0, 1, []string{"%5f%5FHost%2Dsession=v"}},
		{"a broken escape", "", 0, 0, []string{"%5g_Host-session=v"}},
		{"an escape cut off", "", 0, 0, []string{"__Host-session%=v; __Host-sessio%6=v"}},
		{"a cookie without a name", "", 0, 1, []string{"=__Host-session=v"}},
		{"a space of Latin-1 around", "", 0, 1, []string{"\xa0__Host-session\xa0=v"}},
		{"a control around", "", 0, 1, []string{"\x0b__Host-session=v"}},
		{"behind a comma", "", 0, 1, []string{"a=b, __Host-session=v"}},
		{"behind a comma of its own", "v, __Host-session=w", 1, 1, []string{"__Host-session=v, __Host-session=w"}},
		{"behind several", "", 0, 2, []string{"a=b,__Host-session=v,,__Host-session=w"}},
		{"beside a sound one", "v", 1, 1, []string{"__Host-session=v; __HOST-session=w"}},
		{"in another's quotes", `v"`, 1, 0, []string{`a="b; __Host-session=v"`}},
	} {
		got := cookieOf(c.fields...).session
		if got != (cookie{c.value, c.exact, c.similar}) {
			t.Errorf("%s: %q: %+v, want %+v", c.name, c.fields, got, cookie{c.value, c.exact, c.similar})
		}
	}
}

func TestAnyCookie(t *testing.T) {
	for field, want := range map[string]bool{"": false, " ; ;\t": false, "a": true, "=": true, "; a=b": true} {
		if got := cookieOf(field).any; got != want {
			t.Errorf("%q: %t", field, got)
		}
	}
}

var cookieSeeds = []string{
	"", "a=b", "__Host-session=v; __Host-csrf=w", "__Host-session=v,__Host-session=w", "=__Host-session=v", "%5F_Host-session=v",
	";;;", "__Host-session", "__Host-session=\"v\"", "\xa0__Host-session=v", "__host-session=1; __Host-session=2", "a=%", "a=%f",
	strings.Repeat("__Host-session=v; ", 500),
}

// FuzzCookies: no field panics; a reader of Go's own finds no session that we do
// not count, and what we call its value is the one that it finds.
func FuzzCookies(f *testing.F) {
	for _, s := range cookieSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		got := cookieOf(field)
		var theirs []string
		for _, c := range (&http.Request{Header: http.Header{"Cookie": {field}}}).CookiesNamed("__Host-session") {
			theirs = append(theirs, c.Value)
		}
		if len(theirs) > got.session.exact {
			t.Fatalf("%q: Go finds %q, we %+v", field, theirs, got.session)
		}
		if len(theirs) == 1 && got.session.exact == 1 && theirs[0] != strings.Trim(got.session.value, `"`) {
			t.Fatalf("%q: Go reads %q, we %q", field, theirs[0], got.session.value)
		}
		if got.session.exact+got.session.similar+got.token.exact+got.token.similar > 0 && !got.any {
			t.Fatalf("%q: a cookie, and none", field)
		}
		twice := cookieOf(field, field)
		if twice.session.exact != 2*got.session.exact || twice.session.similar != 2*got.session.similar {
			t.Fatalf("%q: a second field does not count", field)
		}
	})
}
