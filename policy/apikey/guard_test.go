package apikey_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/apikey/keyformat"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

const pepper = "a pepper of more than 16 bytes"

// rotating gives bytes that differ from key to key, so that tests need no chance.
type rotating byte

func (r *rotating) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(*r) % 248
		*r += 7
	}
	return len(p), nil
}

func newKey(t testing.TB, n byte) string {
	t.Helper()
	source := rotating(n)
	return newKeyAt(t, 0, &source)
}

// newKeyAt returns a key that was made so many seconds after now.
func newKeyAt(t testing.TB, seconds int, source *rotating) string {
	t.Helper()
	key, err := keyformat.New("sk_live_", now.Add(time.Duration(seconds)*time.Second), source)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func peppered(key string) string {
	mac := hmac.New(sha256.New, []byte(pepper))
	mac.Write([]byte(key))
	return hex.EncodeToString(mac.Sum(nil))
}

func secret(s document.Secret, _ document.Path) []byte { return []byte(s.Value) }

// compile fails the test when the section has problems.
func compile(t testing.TB, name string, d document.APIKey) *apikey.Identity {
	t.Helper()
	var p document.Problems
	id := apikey.Compile(name, d, document.Path("identities").Key(name).Key("api_key"), secret, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return id
}

// client returns one client whose keys have these digests.
func client(id string, digests ...string) document.Client {
	c := document.Client{ID: id, Tenant: "t-" + id, Plan: "gold", Scopes: []string{"orders:read", "orders:write"}, Roles: []string{"partner"}}
	for i, d := range digests {
		c.Keys = append(c.Keys, document.Key{ID: string(rune('a' + i)), SHA256: d})
	}
	return c
}

// request returns a request with header fields "name: value" and a query.
func request(query string, fields ...string) *guard.Request {
	r := &guard.Request{Now: now.UnixNano(), Query: query}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Headers = append(r.Headers, guard.Header{Name: name, Value: value})
	}
	return r
}

// mustDeny asserts the reason, and that nobody was recognised and nothing told.
func mustDeny(t *testing.T, r *guard.Request, v guard.Verdict, want guard.Reason) {
	t.Helper()
	if v.Allows() || v.Reason != want {
		t.Errorf("verdict %v, want %v", v.Reason, want)
	}
	if !reflect.DeepEqual(r.Caller, guard.Caller{}) || len(r.Upstream) != 0 {
		t.Errorf("a denied request has the caller %+v and the edits %v", r.Caller, r.Upstream)
	}
	if challenged := v.Challenge != ""; challenged != (want.Public().Status == 401) {
		t.Errorf("challenge %q beside %d", v.Challenge, want.Public().Status)
	}
}

func mustAllow(t *testing.T, r *guard.Request, v guard.Verdict, wantClient, wantKey string) {
	t.Helper()
	if !v.Allows() || r.Caller.Client != wantClient || r.Caller.Key != wantKey {
		t.Errorf("verdict %v, caller %+v; want client %q, key %q", v.Reason, r.Caller, wantClient, wantKey)
	}
}

func TestCheck(t *testing.T) {
	good, other, unknown := newKey(t, 1), newKey(t, 2), newKey(t, 3)
	wrongSum := good[:40] + "0" + good[41:]
	d := document.APIKey{
		From:   []document.Source{{Header: "X-API-Key"}, {Header: "Authorization", Scheme: "ApiKey"}, {Query: "api_key"}},
		Prefix: "sk_live_",
		// That the policy knows the digest of a key with a wrong checksum shows
		// that such a key is refused before it is hashed.
		Clients: []document.Client{client("acme", digest(good), digest(wrongSum)), client("bolt", digest(other))},
	}
	escaped := strings.Replace(good, "_", "%5f", 1)
	for _, c := range []struct {
		name, query string
		fields      []string
		want        guard.Reason // Allowed: as acme, by key a
	}{
		{"header", "", []string{"x-api-key: " + good}, guard.Allowed},
		{"header with spaces around", "", []string{"x-api-key: \t" + good + " "}, guard.Allowed},
		{"scheme", "", []string{"authorization: ApiKey " + good}, guard.Allowed},
		{"scheme in other case, two spaces", "", []string{"authorization: aPIkEY  " + good}, guard.Allowed},
		{"query", "a=1&api_key=" + good, nil, guard.Allowed},
		{"query with an escaped value", "api_key=" + escaped, nil, guard.Allowed},
		{"query with an escaped name", "%61pi%5Fkey=" + good, nil, guard.Allowed},
		{"another scheme beside it", "", []string{"x-api-key: " + good, "authorization: Bearer abc"}, guard.Allowed},
		{"a list of another scheme beside it", "", []string{"x-api-key: " + good, `authorization: Digest a="b", c="d"`}, guard.Allowed},

		{"absent", "", nil, guard.CredentialMissing},
		{"absent: only another scheme", "", []string{"authorization: Bearer " + good}, guard.CredentialMissing},
		{"absent: a longer scheme", "", []string{"authorization: ApiKeys " + good}, guard.CredentialMissing},
		{"absent: another parameter", "api_keys=" + good, nil, guard.CredentialMissing},
		{"absent: a name in other case", "API_KEY=" + good, nil, guard.CredentialMissing},
		{"absent: a name with a broken escape", "api_key%=" + good, nil, guard.CredentialMissing},
		{"absent: a header that only looks alike", "", []string{"x_api_key: " + good}, guard.CredentialMissing},

		{"duplicated: header twice", "", []string{"x-api-key: " + good, "x-api-key: " + good}, guard.CredentialDuplicated},
		{"duplicated: joined by a proxy", "", []string{"x-api-key: " + good + "," + other}, guard.CredentialDuplicated},
		{"duplicated: scheme joined", "", []string{"authorization: ApiKey " + good + ",ApiKey " + other}, guard.CredentialDuplicated},
		{"duplicated: behind another scheme", "", []string{"authorization: Bearer x, ApiKey " + good}, guard.CredentialDuplicated},
		{"duplicated: before another scheme", "", []string{"authorization: ApiKey " + good + ", Bearer x"}, guard.CredentialDuplicated},
		{"duplicated: parameter twice", "api_key=" + good + "&api_key=" + good, nil, guard.CredentialDuplicated},
		{"duplicated: parameter under two spellings", "api_key=" + good + "&api%5fkey=x", nil, guard.CredentialDuplicated},
		{"duplicated: header and query", "api_key=" + good, []string{"x-api-key: " + good}, guard.CredentialDuplicated},
		{"duplicated: header and scheme", "", []string{"x-api-key: " + good, "authorization: ApiKey " + good}, guard.CredentialDuplicated},
		{"duplicated: one of them empty", "api_key=", []string{"x-api-key: " + good}, guard.CredentialDuplicated},

		{"malformed: empty header", "", []string{"x-api-key: "}, guard.KeyMalformed},
		{"malformed: scheme alone", "", []string{"authorization: ApiKey"}, guard.KeyMalformed},
		{"malformed: scheme and a space", "", []string{"authorization: ApiKey "}, guard.KeyMalformed},
		{"malformed: empty parameter", "api_key=", nil, guard.KeyMalformed},
		{"malformed: parameter without a value", "x&api_key&y", nil, guard.KeyMalformed},
		{"malformed: broken escape", "api_key=" + good + "%4", nil, guard.KeyMalformed},
		{"malformed: broken digits", "api_key=%zz" + good, nil, guard.KeyMalformed},
		{"malformed: plus is a space", "api_key=+" + good, nil, guard.KeyMalformed},
		{"malformed: escaped NUL", "api_key=" + good + "%00", nil, guard.KeyMalformed},
		{"malformed: a space inside", "", []string{"x-api-key: " + good[:20] + " " + good[20:]}, guard.KeyMalformed},
		{"malformed: not ASCII", "", []string{"x-api-key: " + good + "é"}, guard.KeyMalformed},
		{"malformed: other prefix", "", []string{"x-api-key: " + strings.Replace(good, "live", "test", 1)}, guard.KeyMalformed},
		{"malformed: wrong checksum", "", []string{"x-api-key: " + wrongSum}, guard.KeyMalformed},
		{"oversized header", "", []string{"x-api-key: " + strings.Repeat("a", 513)}, guard.KeyMalformed},
		{"oversized parameter", "api_key=" + strings.Repeat("%61", 513), nil, guard.KeyMalformed},
		{"unknown", "", []string{"x-api-key: " + unknown}, guard.KeyUnknown},
		{"unknown in the query", "api_key=" + unknown, nil, guard.KeyUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, cache := apikey.NewRoute([]*apikey.Identity{compile(t, "partners", d)}, false), apikey.NewCache(8, [16]byte{1})
			for _, round := range []string{"first", "remembered"} {
				r := request(c.query, c.fields...)
				v := g.Check(r, cache)
				if c.want == guard.Allowed {
					mustAllow(t, r, v, "acme", "a")
				} else {
					mustDeny(t, r, v, c.want)
				}
				if t.Failed() {
					t.Fatal(round)
				}
			}
		})
	}
}

func TestDefaultsOnly(t *testing.T) {
	id := compile(t, "partners", document.APIKey{Clients: []document.Client{{ID: "acme", Keys: []document.Key{{ID: "1", SHA256: digest("hunter2")}}}}})
	g := apikey.NewRoute([]*apikey.Identity{id}, false)
	r := request("api_key=hunter2", "x-api-key: hunter2", "authorization: hunter2")
	mustAllow(t, r, g.Check(r, nil), "acme", "1")
	want := guard.Caller{Identity: "partners", Client: "acme", Key: "1"}
	if !reflect.DeepEqual(r.Caller, want) || len(r.Upstream) != 0 {
		t.Errorf("caller %+v, edits %v", r.Caller, r.Upstream)
	}
	r = request("", "x-api-key: hunter3")
	mustDeny(t, r, g.Check(r, nil), guard.KeyUnknown)
	r = request("")
	if v := g.Check(r, nil); v.Challenge != `ApiKey realm="sallyport"` {
		t.Errorf("challenge %q", v.Challenge)
	}
}

func TestPepper(t *testing.T) {
	key := newKey(t, 1)
	d := document.APIKey{Pepper: &document.Secret{Value: pepper}, Clients: []document.Client{client("acme", peppered(key))}}
	g := apikey.NewRoute([]*apikey.Identity{compile(t, "partners", d)}, false)
	r := request("", "x-api-key: "+key)
	mustAllow(t, r, g.Check(r, nil), "acme", "a")

	d.Clients = []document.Client{client("acme", digest(key))} // a digest made without the pepper
	g = apikey.NewRoute([]*apikey.Identity{compile(t, "partners", d)}, false)
	r = request("", "x-api-key: "+key)
	mustDeny(t, r, g.Check(r, nil), guard.KeyUnknown)
}

// Time and status are looked at on every request: a key that was remembered
// while it was good is refused when it no longer is.
func TestValidity(t *testing.T) {
	key := newKey(t, 1)
	from, to := now.Add(-time.Hour), now.Add(time.Hour)
	c := client("acme", digest(key))
	c.Keys[0].NotBefore, c.Keys[0].Expires = document.Time(from.UnixNano()), document.Time(to.UnixNano())
	id := compile(t, "partners", document.APIKey{Clients: []document.Client{c}})
	g, cache := apikey.NewRoute([]*apikey.Identity{id}, false), apikey.NewCache(0, [16]byte{})
	for _, s := range []struct {
		name string
		at   time.Time
		want guard.Reason
	}{
		{"a nanosecond early", from.Add(-1), guard.KeyNotYetValid},
		{"at not_before", from, guard.Allowed},
		{"within", now, guard.Allowed},
		{"a nanosecond before expires", to.Add(-1), guard.Allowed},
		{"at expires", to, guard.KeyExpired},
		{"long after", to.AddDate(10, 0, 0), guard.KeyExpired},
		{"the clock was set back", from.Add(-1), guard.KeyNotYetValid},
	} {
		r := request("", "x-api-key: "+key)
		r.Now = s.at.UnixNano()
		if v := g.Check(r, cache); s.want == guard.Allowed {
			mustAllow(t, r, v, "acme", "a")
		} else {
			mustDeny(t, r, v, s.want)
		}
		if t.Failed() {
			t.Fatal(s.name)
		}
	}
}

func TestSuspendedClient(t *testing.T) {
	key := newKey(t, 1)
	for _, status := range []string{"suspended", "Active", "unheard of"} {
		c := client("acme", digest(key))
		c.Status = status
		g := apikey.NewRoute([]*apikey.Identity{compile(t, "partners", document.APIKey{Clients: []document.Client{c}})}, true)
		r := request("", "x-api-key: "+key)
		mustDeny(t, r, g.Check(r, nil), guard.ClientInactive)
	}
}

func TestRotationWithTwoLiveKeys(t *testing.T) {
	before, after := newKey(t, 1), newKey(t, 2)
	c := client("acme", digest(before), digest(after))
	c.Keys[0].Expires = document.Time(now.Add(time.Hour).UnixNano())
	g := apikey.NewRoute([]*apikey.Identity{compile(t, "partners", document.APIKey{Clients: []document.Client{c}})}, false)
	cache := apikey.NewCache(8, [16]byte{})
	for i, key := range []string{before, after, before} {
		r := request("", "x-api-key: "+key)
		mustAllow(t, r, g.Check(r, cache), "acme", []string{"a", "b", "a"}[i])
	}
	r := request("", "x-api-key: "+before)
	r.Now = now.Add(time.Hour).UnixNano()
	mustDeny(t, r, g.Check(r, cache), guard.KeyExpired)
	r = request("", "x-api-key: "+after)
	r.Now = now.Add(time.Hour).UnixNano()
	mustAllow(t, r, g.Check(r, cache), "acme", "b")
}

func TestAnonymousNeverPassesABadKey(t *testing.T) {
	key := newKey(t, 1)
	id := compile(t, "partners", document.APIKey{
		From: []document.Source{{Header: "x-api-key"}, {Query: "k"}, {Header: "authorization", Scheme: "ApiKey"}}, Prefix: "sk_live_",
		Clients: []document.Client{client("acme", digest(key))},
		Forward: &document.APIKeyForward{Headers: map[string]string{"x-client-id": "client"}},
	})
	g := apikey.NewRoute([]*apikey.Identity{id}, true)
	for query, want := range map[string]guard.Reason{
		"": guard.Allowed, "x=1": guard.Allowed,
		"k": guard.KeyMalformed, "k=": guard.KeyMalformed, "k=x": guard.KeyMalformed, "k=%": guard.KeyMalformed,
		"k=" + newKey(t, 9): guard.KeyUnknown, "k=" + key + "&k=" + key: guard.CredentialDuplicated,
	} {
		r := request(query)
		v := g.Check(r, nil)
		if want != guard.Allowed {
			mustDeny(t, r, v, want)
		} else if !v.Allows() || !reflect.DeepEqual(r.Caller, guard.Caller{}) || len(r.Upstream) != 0 {
			t.Errorf("%q: verdict %v, caller %+v, edits %v", query, v.Reason, r.Caller, r.Upstream)
		}
	}
	r := request("", "authorization: Basic x,ApiKey "+key)
	mustDeny(t, r, g.Check(r, nil), guard.CredentialDuplicated)
	r = request("", "authorization: ApiKey")
	mustDeny(t, r, g.Check(r, nil), guard.KeyMalformed)
}

func TestForwardedHeaders(t *testing.T) {
	key := newKey(t, 1)
	all := map[string]string{"X-Client-ID": "client", "x-tenant": "tenant", "x-plan": "plan", "x-key": "key", "x-identity": "identity", "x-scopes": "scopes", "x-roles": "roles"}
	bare := document.Client{ID: "bare", Keys: []document.Key{{ID: "1", SHA256: digest(newKey(t, 2))}}}
	id := compile(t, "partners", document.APIKey{
		Clients: []document.Client{client("acme", digest(key)), bare}, Forward: &document.APIKeyForward{Headers: all},
	})
	if want := []string{"x-client-id", "x-identity", "x-key", "x-plan", "x-roles", "x-scopes", "x-tenant"}; !slices.Equal(id.Owns(), want) {
		t.Errorf("Owns = %v", id.Owns())
	}
	g := apikey.NewRoute([]*apikey.Identity{id}, false)
	r := request("", "x-api-key: "+key)
	mustAllow(t, r, g.Check(r, nil), "acme", "a")
	want := guard.Edits{
		{Op: guard.Add, Name: "x-client-id", Value: "acme"}, {Op: guard.Add, Name: "x-identity", Value: "partners"},
		{Op: guard.Add, Name: "x-key", Value: "a"}, {Op: guard.Add, Name: "x-plan", Value: "gold"},
		{Op: guard.Add, Name: "x-roles", Value: "partner"}, {Op: guard.Add, Name: "x-scopes", Value: "orders:read orders:write"},
		{Op: guard.Add, Name: "x-tenant", Value: "t-acme"},
	}
	if !slices.Equal(r.Upstream, want) {
		t.Errorf("edits %v", r.Upstream)
	}
	r = request("", "x-api-key: "+newKey(t, 2))
	mustAllow(t, r, g.Check(r, nil), "bare", "1")
	if len(r.Upstream) != 3 { // nothing to say of tenant, plan, roles and scopes
		t.Errorf("edits %v", r.Upstream)
	}
}

// What a later guard appends to a caller's lists must not reach the next request.
func TestCallersShareNoSpareMemory(t *testing.T) {
	key := newKey(t, 1)
	c := client("acme", digest(key))
	c.Scopes = append(make([]string, 0, 8), "orders:read")
	g := apikey.NewRoute([]*apikey.Identity{compile(t, "partners", document.APIKey{Clients: []document.Client{c}})}, false)
	first, second := request("", "x-api-key: "+key), request("", "x-api-key: "+key)
	mustAllow(t, first, g.Check(first, nil), "acme", "a")
	mustAllow(t, second, g.Check(second, nil), "acme", "a")
	first.Caller.Scopes = append(first.Caller.Scopes, "admin")
	if second.Caller.Scopes = append(second.Caller.Scopes, "x"); first.Caller.Scopes[1] != "admin" || len(c.Scopes[:2][1]) != 0 {
		t.Error("two callers share one list")
	}
}
