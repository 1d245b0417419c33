package apikey_test

import (
	"slices"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

const day = document.Duration(24 * time.Hour)

// ending returns a policy's only key, which ends so long after now.
func ending(t testing.TB, warning, left document.Duration) (*apikey.Identity, string) {
	t.Helper()
	key := newKey(t, 1)
	c := client("acme", digest(key))
	if left != 0 {
		c.Keys[0].Expires = document.Time(now.UnixNano() + int64(left))
	}
	return compile(t, "partners", document.APIKey{Clients: []document.Client{c}, ExpiryWarning: warning}), key
}

func TestTheHolderIsWarned(t *testing.T) {
	for _, c := range []struct {
		name          string
		warning, left document.Duration
		want, audited string
	}{
		{"ends in a week", 14 * day, 7 * day, "Wed, 08 Jul 2026 12:00:00 GMT", "2026-07-08T12:00:00Z"},
		{"the warning begins", 14 * day, 14 * day, "Wed, 15 Jul 2026 12:00:00 GMT", "2026-07-15T12:00:00Z"},
		{"a moment before", 14 * day, 14*day + 1, "", ""},
		{"the last moment", 14 * day, 1, "Wed, 01 Jul 2026 12:00:00 GMT", "2026-07-01T12:00:00Z"},
		{"part of a second is cut off", day, 1999999999, "Wed, 01 Jul 2026 12:00:01 GMT", "2026-07-01T12:00:01Z"},
		{"no warning", 0, 1, "", ""},
		{"for ever", 14 * day, 0, "", ""},
		{"a warning longer than time", 106000 * day, 30 * day, "Fri, 31 Jul 2026 12:00:00 GMT", "2026-07-31T12:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, key := ending(t, c.warning, c.left)
			r := request("", "x-api-key: "+key)
			mustAllow(t, r, apikey.NewRoute([]*apikey.Identity{id}, false).Check(r, nil), "acme", "a")
			want := guard.Edits(nil)
			if c.want != "" {
				want.Replace("x-api-key-expires", c.want)
			}
			if !slices.Equal(r.Response, want) || r.Caller.KeyExpires != c.audited {
				t.Errorf("response %v, audited %q", r.Response, r.Caller.KeyExpires)
			}
		})
	}
}

// Who does not hold the key learns nothing of it, and one that has ended is
// refused and not warned of.
func TestNobodyElseIsWarned(t *testing.T) {
	live, key := ending(t, 14*day, day)
	over, _ := ending(t, 14*day, -day)
	for name, c := range map[string]struct {
		id    *apikey.Identity
		field string
		want  guard.Reason
	}{
		"ended":     {over, "x-api-key: " + key, guard.KeyExpired},
		"unknown":   {live, "x-api-key: " + newKey(t, 2), guard.KeyMalformed},
		"no key":    {live, "accept: a/b", guard.CredentialMissing},
		"key twice": {live, "x-api-key: " + key + ", " + key, guard.CredentialDuplicated},
	} {
		t.Run(name, func(t *testing.T) {
			r := request("", c.field)
			r.World = guardtest.New("192.0.2.1")
			if v := apikey.NewRoute([]*apikey.Identity{c.id}, false).Check(r, nil); v.Allows() || len(r.Response) != 0 {
				t.Errorf("verdict %v, response %v", v.Reason, r.Response)
			}
		})
	}
}

func TestAWarningAllocatesNothing(t *testing.T) {
	id, key := ending(t, 14*day, day)
	var m guard.Metrics
	id.Register(&m)
	g, cache := apikey.NewRoute([]*apikey.Identity{id}, false), apikey.NewCache(1, [16]byte{})
	world := guardtest.New("192.0.2.1")
	r := request("", "x-api-key: "+key)
	check := func() {
		r.Response, r.Upstream, r.Caller, r.World = r.Response[:0], r.Upstream[:0], guard.Caller{}, world
		r.Scratch.Reset()
		if !g.Check(r, cache).Allows() || len(r.Response) != 1 {
			t.Fatal("the key is not accepted and warned of")
		}
	}
	check()
	if n := testing.AllocsPerRun(100, check); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
