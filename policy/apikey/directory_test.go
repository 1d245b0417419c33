package apikey_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/apikey/keyformat"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// desk is a guard with a directory, and all around it.
type desk struct {
	t     *testing.T
	guard *apikey.Route
	cache *apikey.Cache
	world *guardtest.World
	now   time.Time
	names []string // of the counters
}

const policyKeyOwner = "acme"

// newDesk returns a desk whose directory answers every call so.
func newDesk(t *testing.T, answer func(c *guard.Call) (guard.Answer, error)) *desk {
	t.Helper()
	id := compile(t, "partners", document.APIKey{
		Prefix: "sk_live_", Clients: []document.Client{client(policyKeyOwner, digest(newKey(t, 1)))},
		Directory: &document.Directory{
			URL: "https://keys.internal:8443/v1/keys/{key_id}?gateway=1", Cluster: "keys", Authorization: &document.Secret{Value: "Bearer t0ken"},
			Timeout: document.Duration(500 * time.Millisecond), Cache: document.Duration(time.Hour),
			NegativeCache: document.Duration(30 * time.Second), Stale: document.Duration(24 * time.Hour),
		},
		Forward: &document.APIKeyForward{Headers: map[string]string{"x-client-id": "client", "x-scopes": "scopes"}},
	})
	var m guard.Metrics
	id.Register(&m)
	d := &desk{t: t, guard: apikey.NewRoute([]*apikey.Identity{id}, false), cache: apikey.NewCache(8, [16]byte{1}),
		world: guardtest.New("192.0.2.1"), now: now, names: m.Names()}
	d.world.Answer = answer
	return d
}

// ask shows a key and returns what came of it.
func (d *desk) ask(key string) (*guard.Request, guard.Verdict) {
	r := request("", "x-api-key: "+key)
	r.Now, r.World = d.now.UnixNano(), d.world
	return r, d.guard.Check(r, d.cache)
}

func (d *desk) mustAllow(key, client string) {
	d.t.Helper()
	r, v := d.ask(key)
	mustAllow(d.t, r, v, client, "2026a")
	if !slices.Contains(r.Upstream, guard.Edit{Op: guard.Add, Name: "x-client-id", Value: client}) {
		d.t.Errorf("the upstream is told %v", r.Upstream)
	}
}

func (d *desk) mustDeny(key string, want guard.Reason) {
	d.t.Helper()
	r, v := d.ask(key)
	mustDeny(d.t, r, v, want)
	if (v.RetryAfter > 0) != (want == guard.DirectoryUnavailable) {
		d.t.Errorf("%v says to ask again in %v", v.Reason, v.RetryAfter)
	}
}

// mustHaveAsked asserts how many calls there were.
func (d *desk) mustHaveAsked(want int) {
	d.t.Helper()
	if got := d.world.Calls[guardtest.Fetch]; got != want {
		d.t.Errorf("the directory was asked %d times, want %d", got, want)
	}
}

// mustHaveCounted asserts events such as "asked 1, found 1".
func (d *desk) mustHaveCounted(want string) {
	d.t.Helper()
	var got []string
	for _, event := range []string{"asked", "found", "absent", "failed", "stale"} {
		at := slices.Index(d.names, "sallyport.directory.identity.partners.event."+event)
		if n := d.world.Counted[guard.Metric(at+1)]; at < 0 || n > 0 {
			got = append(got, fmt.Sprint(event, " ", n))
		}
	}
	if all := strings.Join(got, ", "); all != want {
		d.t.Errorf("counted %s, want %s", all, want)
	}
}

// says returns a directory with one answer.
func says(status int, body string) func(*guard.Call) (guard.Answer, error) {
	return func(*guard.Call) (guard.Answer, error) { return guard.Answer{Status: status, Body: []byte(body)}, nil }
}

func fails(err error) func(*guard.Call) (guard.Answer, error) {
	return func(*guard.Call) (guard.Answer, error) { return guard.Answer{}, err }
}

// bolt is the answer about a key; more are members of the client, each ending
// with a comma.
func bolt(key, more string) string { return boltKey(more, `"sha256": "`+digest(key)+`"`) }

func boltKey(more, members string) string {
	return `{"id": "bolt", ` + more + `"keys": [{"id": "2026a", ` + members + `}]}`
}

func TestDirectoryAnswers(t *testing.T) {
	key, other := newKey(t, 2), newKey(t, 3)
	const foreign = `"bcrypt": "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"`
	sum := `"sha256": "` + digest(key) + `"`
	texts := func(n int) string { return `"` + strings.Repeat(`a", "`, n-1) + `a"` }
	for _, c := range []struct {
		name   string
		answer func(*guard.Call) (guard.Answer, error)
		want   guard.Reason // Allowed: as bolt
	}{
		{"the client", says(200, bolt(key, "")), guard.Allowed},
		{"all of a client", says(200, bolt(key, `"status": "active", "tenant": "t", "plan": "gold", "scopes": ["a"], "roles": ["b"], "claims": {"c": "d"}, `)), guard.Allowed},
		{"the client with several keys", says(200, `{"id": "bolt", "keys": [{"id": "2025a", "sha256": "`+digest(other)+`"}, {"id": "2026a", `+sum+`}]}`), guard.Allowed},
		{"as many scopes as may be", says(200, bolt(key, `"scopes": [`+texts(100)+`], `)), guard.Allowed},
		{"a key with a future", says(200, boltKey("", sum+`, "not_before": "2026-01-01T00:00:00Z", "expires": "2027-01-01T00:00:00Z"`)), guard.Allowed},

		{"another digest", says(200, bolt(other, "")), guard.KeyUnknown},
		{"404", says(404, ""), guard.KeyUnknown},
		{"410", says(410, bolt(key, "")), guard.KeyUnknown},
		{"a suspended client", says(200, bolt(key, `"status": "suspended", `)), guard.ClientInactive},
		{"an expired key", says(200, boltKey("", sum+`, "expires": "2026-07-01T12:00:00Z"`)), guard.KeyExpired},
		{"a key of the future", says(200, boltKey("", sum+`, "not_before": "2026-07-01T12:00:01Z"`)), guard.KeyNotYetValid},

		{"204", says(204, bolt(key, "")), guard.DirectoryUnavailable},
		{"a redirect", says(302, bolt(key, "")), guard.DirectoryUnavailable},
		{"the gateway is refused", says(401, ""), guard.DirectoryUnavailable},
		{"503", says(503, bolt(key, "")), guard.DirectoryUnavailable},
		{"504", says(504, ""), guard.DirectoryUnavailable},
		{"no status", says(0, bolt(key, "")), guard.DirectoryUnavailable},
		{"not sent", fails(guard.ErrNotSent), guard.DirectoryUnavailable},
		{"no answer", fails(guard.ErrNoAnswer), guard.DirectoryUnavailable},
		{"too large", fails(guard.ErrTooLarge), guard.DirectoryUnavailable},
		{"busy", fails(guard.ErrBusy), guard.DirectoryUnavailable},
		{"gone", fails(guard.ErrGone), guard.DirectoryUnavailable},
		{"another error", fails(errors.New("x")), guard.DirectoryUnavailable},

		{"empty", says(200, ""), guard.DirectoryUnavailable},
		{"not JSON", says(200, "<html>"), guard.DirectoryUnavailable},
		{"null", says(200, "null"), guard.DirectoryUnavailable},
		{"a list", says(200, "["+bolt(key, "")+"]"), guard.DirectoryUnavailable},
		{"text behind it", says(200, bolt(key, "")+"{}"), guard.DirectoryUnavailable},
		{"cut", says(200, bolt(key, "")[:100]), guard.DirectoryUnavailable},
		{"deep", says(200, bolt(key, `"claims": `+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)+`, `)), guard.DirectoryUnavailable},
		{"an unknown member", says(200, bolt(key, `"allowed_ips": ["192.0.2.7"], `)), guard.DirectoryUnavailable},
		{"a member twice", says(200, bolt(key, `"scopes": ["a"], "scopes": ["b"], `)), guard.DirectoryUnavailable},
		{"a member of another type", says(200, bolt(key, `"scopes": "a b", `)), guard.DirectoryUnavailable},
		{"another status", says(200, bolt(key, `"status": "revoked", `)), guard.DirectoryUnavailable},
		{"no client", says(200, strings.Replace(bolt(key, ""), `"id": "bolt", `, "", 1)), guard.DirectoryUnavailable},
		{"an empty client", says(200, strings.Replace(bolt(key, ""), "bolt", "", 1)), guard.DirectoryUnavailable},
		{"no keys", says(200, `{"id": "bolt"}`), guard.DirectoryUnavailable},
		{"an empty list of keys", says(200, `{"id": "bolt", "keys": []}`), guard.DirectoryUnavailable},
		{"no digest", says(200, boltKey("", `"expires": "2027-01-01T00:00:00Z"`)), guard.DirectoryUnavailable},
		{"a cut digest", says(200, boltKey("", `"sha256": "`+digest(key)[1:]+`"`)), guard.DirectoryUnavailable},
		{"a bcrypt digest", says(200, boltKey("", foreign)), guard.DirectoryUnavailable},
		{"a bcrypt digest beside", says(200, `{"id": "bolt", "keys": [{"id": "2026a", `+sum+`}, {"id": "b", `+foreign+`}]}`), guard.DirectoryUnavailable},
		{"a digest twice", says(200, `{"id": "bolt", "keys": [{"id": "2026a", `+sum+`}, {"id": "b", `+sum+`}]}`), guard.DirectoryUnavailable},
		{"an end before the beginning", says(200, boltKey("", sum+`, "not_before": "2026-01-02T00:00:00Z", "expires": "2026-01-01T00:00:00Z"`)), guard.DirectoryUnavailable},
		{"a time that is none", says(200, boltKey("", sum+`, "expires": "never"`)), guard.DirectoryUnavailable},
		{"a line break", says(200, bolt(key, `"tenant": "t\r\nx-admin: 1", `)), guard.DirectoryUnavailable},
		{"a scope with a space", says(200, bolt(key, `"scopes": ["a b"], `)), guard.DirectoryUnavailable},
		{"what a header cannot carry", says(200, strings.Replace(bolt(key, ""), "bolt", "bolt,acme", 1)), guard.DirectoryUnavailable},
		{"too many scopes", says(200, bolt(key, `"scopes": [`+texts(101)+`], `)), guard.DirectoryUnavailable},
		{"too long a tenant", says(200, bolt(key, `"tenant": "`+strings.Repeat("t", 257)+`", `)), guard.DirectoryUnavailable},
		{"too long a role", says(200, bolt(key, `"roles": ["`+strings.Repeat("t", 257)+`"], `)), guard.DirectoryUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, c.answer)
			for range 2 {
				if c.want == guard.Allowed {
					d.mustAllow(key, "bolt")
				} else {
					d.mustDeny(key, c.want)
				}
			}
		})
	}
}

func TestDirectoryIsAskedForWhatItMayKnow(t *testing.T) {
	key := newKey(t, 2)
	wrongSum := key[:40] + "0" + key[41:]
	d := newDesk(t, says(404, ""))
	for _, c := range []struct {
		name, key string
		want      guard.Reason
		asked     int
	}{
		{"a key of the policy", newKey(t, 1), guard.Allowed, 0},
		{"a wrong checksum", wrongSum, guard.KeyMalformed, 0},
		{"another prefix", strings.Replace(key, "live", "test", 1), guard.KeyMalformed, 0},
		{"no key at all", "../../admin", guard.KeyMalformed, 0},
		{"a sound key", key, guard.KeyUnknown, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, v := d.ask(c.key); v.Reason != c.want {
				t.Errorf("got %v, want %v", v.Reason, c.want)
			}
			d.mustHaveAsked(c.asked)
		})
	}
}

// The call names the key by its id, and holds nothing of its secret.
func TestDirectoryCall(t *testing.T) {
	key := newKey(t, 2)
	form, err := keyformat.Parse("sk_live_", key)
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, func(c *guard.Call) (guard.Answer, error) {
		if c.Path != "/v1/keys/"+form.ID+"?gateway=1" || c.Authority != "keys.internal:8443" || c.Cluster != "keys" || c.Method != "GET" {
			t.Errorf("called %s %s of %s at %s", c.Method, c.Path, c.Authority, c.Cluster)
		}
		if want := [][2]string{{"accept", "application/json"}, {"authorization", "Bearer t0ken"}}; !slices.Equal(c.Headers, want) {
			t.Errorf("with %v, want %v", c.Headers, want)
		}
		if c.Share != "partners\x00"+form.ID || c.Timeout != 500*time.Millisecond || c.MaxBody != 64<<10 || len(c.Body) > 0 {
			t.Errorf("shared as %q, within %v and %d bytes, with %d", c.Share, c.Timeout, c.MaxBody, len(c.Body))
		}
		secret := strings.TrimPrefix(key, "sk_live_1"+form.ID)[6:39]
		if text := fmt.Sprint(*c); strings.Contains(text, secret[:8]) || strings.Contains(text, digest(key)[:8]) {
			t.Errorf("the call tells of the secret: %s", text)
		}
		return guard.Answer{Status: 200, Body: []byte(bolt(key, ""))}, nil
	})
	d.mustAllow(key, "bolt")
	d.mustHaveAsked(1)
}

func TestDirectoryAnswersAreRemembered(t *testing.T) {
	key, same := newKey(t, 2), ""
	d := newDesk(t, says(200, boltKey("", `"sha256": "`+digest(key)+`", "expires": "2026-07-01T12:30:00Z"`)))
	d.mustAllow(key, "bolt")
	d.now = now.Add(29 * time.Minute)
	d.mustAllow(key, "bolt")
	d.now = now.Add(30 * time.Minute)
	d.mustDeny(key, guard.KeyExpired) // judged by the clock and not by the answer
	d.mustHaveAsked(1)
	same = sameID(t, key)
	d.mustDeny(same, guard.KeyUnknown) // another key of that id: nothing is asked
	d.mustHaveAsked(1)

	d.world.Answer = says(200, bolt(key, `"status": "suspended", `))
	d.now = now.Add(time.Hour)
	d.mustDeny(key, guard.ClientInactive)
	d.mustHaveAsked(2)
	d.world.Answer = says(404, "")
	d.now = d.now.Add(time.Hour)
	d.mustDeny(key, guard.KeyUnknown)
	d.world.Answer = fails(guard.ErrNotSent)
	d.now = d.now.Add(time.Minute)
	d.mustDeny(key, guard.DirectoryUnavailable) // what was revoked does not come back as stale
	d.mustHaveAsked(4)
	d.mustHaveCounted("asked 4, found 2, absent 1, failed 1")
}

// sameID returns another key with the id of key.
func sameID(t *testing.T, key string) string {
	t.Helper()
	source := rotating(2)
	return newKeyAt(t, 7, &source)
}

func TestDirectoryRemembersWhatIsNot(t *testing.T) {
	key := newKey(t, 2)
	d := newDesk(t, says(404, ""))
	d.mustDeny(key, guard.KeyUnknown)
	d.world.Answer = says(200, bolt(key, ""))
	d.now = now.Add(30*time.Second - 1)
	d.mustDeny(key, guard.KeyUnknown)
	d.mustHaveAsked(1)
	d.now = now.Add(30 * time.Second)
	d.mustAllow(key, "bolt")
	d.mustHaveAsked(2)
}

func TestDirectoryThatIsDownServesStaleAnswers(t *testing.T) {
	key, other := newKey(t, 2), newKey(t, 3)
	d := newDesk(t, says(200, bolt(key, "")))
	d.mustAllow(key, "bolt")
	d.world.Answer = says(503, "")
	d.now = now.Add(time.Hour)
	d.mustAllow(key, "bolt")
	d.mustDeny(sameID(t, key), guard.KeyUnknown)
	d.mustDeny(other, guard.DirectoryUnavailable)
	d.world.Answer = fails(guard.ErrBusy)
	d.now = now.Add(24*time.Hour - 1)
	d.mustAllow(key, "bolt")
	d.mustHaveCounted("asked 4, found 1, failed 2, stale 3")
	d.world.Answer = fails(guard.ErrNotSent)
	d.now = now.Add(24 * time.Hour)
	d.mustDeny(key, guard.DirectoryUnavailable)
	d.now = d.now.Add(time.Minute)
	d.world.Answer = says(200, bolt(key, ""))
	d.mustAllow(key, "bolt")
}

func TestDirectoryThatIsDownIsNotFlooded(t *testing.T) {
	d := newDesk(t, fails(guard.ErrNotSent))
	key := newKey(t, 2)
	for range 10 {
		d.mustDeny(key, guard.DirectoryUnavailable)
	}
	d.mustHaveAsked(1)
	d.now = d.now.Add(time.Second)
	d.mustDeny(key, guard.DirectoryUnavailable)
	d.mustHaveAsked(2)
	for n := range byte(20) {
		d.mustDeny(newKey(t, 3+n), guard.DirectoryUnavailable)
	}
	d.mustHaveAsked(6) // five keys failed: the circuit is open
	d.now = d.now.Add(5 * time.Second)
	d.mustDeny(key, guard.DirectoryUnavailable) // one tries
	d.mustDeny(newKey(t, 30), guard.DirectoryUnavailable)
	d.mustHaveAsked(7)
	d.now = d.now.Add(5 * time.Second)
	d.world.Answer = func(*guard.Call) (guard.Answer, error) {
		d.mustDeny(newKey(t, 31), guard.DirectoryUnavailable) // while one tries, no other does
		return guard.Answer{Status: 503}, nil
	}
	d.mustDeny(key, guard.DirectoryUnavailable)
	d.mustHaveAsked(8)
	d.now = d.now.Add(5 * time.Second)
	d.world.Answer = says(200, bolt(key, ""))
	d.mustAllow(key, "bolt")
	d.world.Answer = says(404, "")
	for n := range byte(20) {
		d.mustDeny(newKey(t, 3+n), guard.KeyUnknown)
	}
	d.mustHaveAsked(29)
}

// An answer that cannot be used says nothing about other keys.
func TestDirectoryAnswerThatCannotBeUsedClosesNoDoor(t *testing.T) {
	key := newKey(t, 2)
	d := newDesk(t, says(200, "{}"))
	for n := range byte(20) {
		d.mustDeny(newKey(t, 3+n), guard.DirectoryUnavailable)
	}
	d.mustHaveAsked(20)
	d.world.Answer = says(200, bolt(key, ""))
	d.mustAllow(key, "bolt")
}

// Requests that come while one waits wait for the same call, whose failure
// counts once; and what they learn is everybody's.
func TestDirectoryWaiters(t *testing.T) {
	key := newKey(t, 2)
	body := []byte(bolt(key, ""))
	for _, c := range []struct {
		name   string
		answer guard.Answer
		check  func(d *desk)
	}{
		{"found", guard.Answer{Status: 200, Body: body}, func(d *desk) { d.mustAllow(key, "bolt") }},
		{"absent", guard.Answer{Status: 404}, func(d *desk) { d.mustDeny(key, guard.KeyUnknown) }},
		{"failed", guard.Answer{Status: 503}, func(d *desk) { d.mustDeny(key, guard.DirectoryUnavailable) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, nil)
			depth := 0
			d.world.Answer = func(*guard.Call) (guard.Answer, error) {
				if depth++; depth <= 10 {
					c.check(d) // another request that waits for the same call
				}
				return c.answer, nil
			}
			c.check(d)
			d.mustHaveAsked(11)
			d.world.Answer = says(404, "")
			d.mustDeny(newKey(t, 3), guard.KeyUnknown) // ten failures of one call open no circuit
			d.mustHaveAsked(12)
		})
	}
}

// One worker asks for so many keys at a time; the same key may be waited for.
func TestDirectoryCallsAreBounded(t *testing.T) {
	d := newDesk(t, nil)
	d.world.Answer = func(*guard.Call) (guard.Answer, error) {
		switch n := d.world.Calls[guardtest.Fetch]; {
		case n < 256:
			d.mustDeny(chanceKey(t, n), guard.KeyUnknown)
		case n == 256:
			d.mustDeny(chanceKey(t, n), guard.DirectoryUnavailable)
			d.mustHaveAsked(256)
			d.mustDeny(chanceKey(t, 0), guard.KeyUnknown)
		}
		return guard.Answer{Status: 404}, nil
	}
	d.mustDeny(chanceKey(t, 0), guard.KeyUnknown)
	d.mustHaveAsked(257)
	d.mustDeny(chanceKey(t, 256), guard.KeyUnknown) // nobody waits any more
}

// chanceKey returns the nth of keys that have nothing in common.
func chanceKey(t *testing.T, n int) string {
	t.Helper()
	key, err := keyformat.New("sk_live_", now, rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A remembered key is not hashed again, which would allocate with a pepper.
// What was remembered of it does not stand in the request's memory.
func TestDirectoryAllowsRememberedKeysWithoutGarbage(t *testing.T) {
	key := newKey(t, 2)
	id := compile(t, "partners", document.APIKey{Prefix: "sk_live_", Pepper: &document.Secret{Value: pepper}, Directory: &document.Directory{
		URL: "http://keys/{key_id}", Cluster: "keys", Timeout: 1e6, Cache: 1e9, NegativeCache: 1e9}})
	g, cache, w := apikey.NewRoute([]*apikey.Identity{id}, false), apikey.NewCache(8, [16]byte{1}), guardtest.New("192.0.2.1")
	r := request("", "x-api-key: "+key)
	r.World, w.Answer = w, func(*guard.Call) (guard.Answer, error) {
		r.Scratch.Keep(append(r.Scratch.Free(), strings.Repeat("-", 200)...))
		return guard.Answer{Status: 200, Body: []byte(boltKey("", `"sha256": "`+peppered(key)+`"`))}, nil
	}
	if n := testing.AllocsPerRun(1, func() { // it asks in the run before, which is not measured
		r.Upstream = r.Upstream[:0]
		r.Scratch.Reset()
		if v := g.Check(r, cache); !v.Allows() {
			t.Fatal(v.Reason)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	if w.Calls[guardtest.Fetch] != 1 {
		t.Errorf("asked %d times", w.Calls[guardtest.Fetch])
	}
}

// An identity that cannot tell whether a key is its own ends the search; one
// that can does not.
func TestDirectoryBesideAnotherIdentity(t *testing.T) {
	key := newKey(t, 2)
	for _, c := range []struct {
		name   string
		answer func(*guard.Call) (guard.Answer, error)
		want   guard.Reason
	}{
		{"it does not know the key", says(404, ""), guard.Allowed},
		{"it is down", says(503, ""), guard.DirectoryUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := compile(t, "first", document.APIKey{Prefix: "sk_live_", Directory: &document.Directory{
				URL: "http://keys/{key_id}", Cluster: "keys", Timeout: 1e6, Cache: 1e9, NegativeCache: 1e9}})
			second := compile(t, "second", document.APIKey{Clients: []document.Client{client("acme", digest(key))}})
			g := apikey.NewRoute([]*apikey.Identity{first, second}, true)
			if !first.CallsOut() || second.CallsOut() {
				t.Error("the guards with a directory are not those that call out")
			}
			r := request("", "x-api-key: "+key)
			w := guardtest.New("192.0.2.1")
			r.World, w.Answer = w, c.answer
			if v := g.Check(r, nil); v.Reason != c.want {
				t.Errorf("got %v, want %v", v.Reason, c.want)
			}
		})
	}
}

func TestDirectoryProblems(t *testing.T) {
	for _, c := range []struct{ name, prefix, url, authorization, want string }{
		{"sound", "sk_", "https://keys.internal:8443/v1/{key_id}.json", "Basic eA==", ""},
		{"in the query", "sk_", "http://10.0.0.1/keys?id={key_id}", "", ""},
		{"IPv6", "sk_", "http://[::1]:80/{key_id}", "", ""},
		{"no prefix", "", "https://keys/{key_id}", "", "i.directory stands without a prefix"},
		{"no scheme", "sk_", "keys.internal/{key_id}", "", "i.directory.url does not begin with https:// or http://"},
		{"another scheme", "sk_", "ftp://keys/{key_id}", "", "does not begin with https:// or http://"},
		{"no host", "sk_", "https:///{key_id}", "", "has no host"},
		{"a password", "sk_", "https://u:hunter2@keys/{key_id}", "", "has no host, or one that is not"},
		{"a name in the host", "sk_", "https://{key_id}.keys/", "", "has no host, or one that is not"},
		{"no id", "sk_", "https://keys/v1", "", "has not one {key_id} in its path or query"},
		{"two ids", "sk_", "https://keys/{key_id}/{key_id}", "", "has not one {key_id}"},
		{"another name", "sk_", "https://keys/{id}/{key_id}", "", "has a character that an address encodes"},
		{"a space", "sk_", "https://keys/a b/{key_id}", "", "has a character that an address encodes"},
		{"a line break", "sk_", "https://keys/{key_id}\r\nx: y", "", "has a character that an address encodes"},
		{"a fragment", "sk_", "https://keys/{key_id}#a", "", "has a character that an address encodes"},
		{"a line break in the secret", "sk_", "https://keys/{key_id}", "hunter2\n", "i.directory.authorization has a character that a header cannot carry"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &document.Directory{URL: c.url, Cluster: "keys", Cache: 2, Stale: 3}
			if c.authorization != "" {
				d.Authorization = &document.Secret{Value: c.authorization}
			}
			var p document.Problems
			apikey.Compile("i", document.APIKey{Prefix: c.prefix, Directory: d}, "i", secret, &p)
			err := p.Err()
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2")):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	var p document.Problems
	apikey.Compile("i", document.APIKey{Prefix: "sk_", Directory: &document.Directory{URL: "http://k/{key_id}", Cache: 2, Stale: 2}}, "i", secret, &p)
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "i.directory.stale is not longer than cache") {
		t.Errorf("stale as long as cache gives %v", err)
	}
}
