package credential

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/guard"
)

// TestScheme: what another server could read as a credential behind the scheme is
// one here too, so that it neither passes as nobody's nor goes upstream.
func TestScheme(t *testing.T) {
	bearer := Source{Header: "authorization", Scheme: "bearer"}
	for _, c := range []struct {
		name, value, want string
		count             int
	}{
		{"a key", "Bearer k", "k", 1},
		{"in other case", "bEARER k", "k", 1},
		{"a tab", "Bearer\tk", "k", 1},
		{"spaces around", " Bearer  k ", "k", 1},
		{"alone", "Bearer", "", 1},
		{"alone, a space behind", "Bearer ", "", 1},
		{"two", "Bearer k, Bearer l", "", 2},
		{"one in a list of others", "Basic k, Bearer l", "", 2},
		{"another scheme", "Basic k", "", 0},
		{"others", "Basic k, Digest l", "", 0},
		{"a longer scheme", "Bearerx k", "", 0},
		{"a longer scheme, with a dash", "Bearer-x k", "", 0},
		{"nothing", "", "", 0},

		{"a space of Latin-1 behind", "Bearer\xa0k", "", 1},
		{"a space of Unicode behind", "Bearer\u2003k", "", 1},
		{"a vertical tab behind", "Bearer\vk", "", 1},
		{"a colon behind", "Bearer:k", "", 1},
		{"a space of Latin-1 before", "\xa0Bearer k", "", 1},
		{"a form feed before", "\fBearer k", "", 1},
		{"a quote before", `"Bearer k"`, "", 1},
		{"odd, in a list", "Basic k, Bearer\xa0l", "", 2},
		{"before another scheme", "\xa0Basic k", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, count := bearer.read(c.value)
			if got != c.want || count != c.count {
				t.Errorf("%q, %d; want %q, %d", got, count, c.want, c.count)
			}
			r := &guard.Request{Headers: []guard.Header{{Name: "authorization", Value: c.value}}}
			NewStrip([]Holder{reading{bearer}}).Apply(r)
			if stripped := len(r.Upstream) > 0; stripped != (c.count > 0) {
				t.Errorf("it is taken out: %t", stripped)
			}
		})
	}
}

// TestUsualForm: what most requests send is read by a shorter way, to the same
// end.
func TestUsualForm(t *testing.T) {
	piece := rapid.SampledFrom([]string{"bearer", "Bearer", "BEARER", "Bearer ", "bearer\t", "bear", "k", "K", "basic", "dpop", " ", "\t", "\xa0", "\v", ":", `"`, "-", "=", "", "\u212a"})
	rapid.Check(t, func(t *rapid.T) {
		s := Source{Header: "authorization", Scheme: rapid.SampledFrom([]string{"bearer", "k", "dpop", "bear"}).Draw(t, "scheme")}
		value := strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "value"), "")
		got, count := s.read(value)
		if want, n := s.readList(value); got != want || count != n {
			t.Errorf("%q of %q is %q, %d; want %q, %d", s.Scheme, value, got, count, want, n)
		}
		if want, n := s.afterScheme(trimSpace(value)); got != want || count != n {
			t.Errorf("%q of %q is %q, %d; want %q, %d", s.Scheme, value, got, count, want, n)
		}
		for _, list := range []string{value + ",x", "x," + value, value + "," + value} {
			if got, n := s.read(list); got != "" || n != 2*count {
				t.Errorf("%q in %q: %q, %d, want %d", s.Scheme, list, got, n, 2*count)
			}
		}
	})
}

// reading is an identity that reads one place and forwards nothing.
type reading struct{ Source }

func (reading) Name() string        { return "a" }
func (p reading) Sources() []Source { return []Source{p.Source} }
func (reading) Owns() []string      { return nil }
func (reading) Keeps() bool         { return false }
