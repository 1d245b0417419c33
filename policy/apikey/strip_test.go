package apikey_test

import (
	"slices"
	"testing"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// stripping returns three identities: one that keeps its keys to itself, one
// that forwards them, and one that sets x-tenant.
func stripping(t *testing.T) []*apikey.Identity {
	own := func(n byte) []document.Client { return []document.Client{client("acme", digest(newKey(t, n)))} }
	return []*apikey.Identity{
		compile(t, "kept", document.APIKey{Clients: own(1), From: []document.Source{
			{Header: "x-api-key"}, {Header: "authorization", Scheme: "ApiKey"}, {Query: "key"}, {Query: "token"}, {Header: "x-tenant"}}}),
		compile(t, "forwarded", document.APIKey{Clients: own(2), From: []document.Source{{Header: "x-api-key"}, {Query: "key"}, {Query: "open"}},
			Forward: &document.APIKeyForward{Key: true}}),
		compile(t, "tells", document.APIKey{Clients: own(3), From: []document.Source{{Header: "x-third"}},
			Forward: &document.APIKeyForward{Headers: map[string]string{"x-tenant": "tenant"}}}),
	}
}

func TestStrip(t *testing.T) {
	strip := apikey.NewStrip(stripping(t))
	for _, c := range []struct {
		name, caller, query string
		fields              []string
		wantQuery           string
		wantRemoved         []string
	}{
		{"nothing there", "", "a=1&b=2", []string{"accept: */*", "authorization: Bearer x"}, "a=1&b=2", nil},
		{"no query", "", "", nil, "", nil},
		{"header", "", "", []string{"x-api-key: k"}, "", []string{"x-api-key"}},
		{"empty header", "", "", []string{"x-api-key: "}, "", []string{"x-api-key"}},
		{"every source", "", "key=k&a=1", []string{"x-third: k", "authorization: apikey k"}, "a=1", []string{"x-third", "authorization"}},
		{"scheme behind another", "", "", []string{"authorization: Bearer x,ApiKey k"}, "", []string{"authorization"}},
		{"first parameter", "", "key=k&a=1", nil, "a=1", nil},
		{"middle parameter", "", "a=1&key=k&b=%2f", nil, "a=1&b=%2f", nil},
		{"last parameter", "", "a=1&key=k", nil, "a=1", nil},
		{"the only parameter", "", "key=k", nil, "", nil},
		{"every copy, both names", "", "key=1&a&token=2&k%65y=3&&key", nil, "a&", nil},
		{"the rest byte for byte", "", "&a=%zz&&b=+%2B&key=k&=&", nil, "&a=%zz&&b=+%2B&=&", nil},
		{"a name that only begins so", "", "keys=1&ke=2&Key=3", nil, "keys=1&ke=2&Key=3", nil},
		{"its own caller keeps a forwarded key", "forwarded", "key=k&open=k&token=t", []string{"x-api-key: k"}, "key=k&open=k", nil},
		{"another caller does not", "kept", "key=k&open=k", []string{"x-api-key: k"}, "", []string{"x-api-key"}},
		{"nobody keeps a forwarded key", "", "a=1&open=k&o%70en=k", []string{"x-api-key: k"}, "a=1", []string{"x-api-key"}},
		{"a header that an identity sets is hygiene's", "tells", "", []string{"x-tenant: k"}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(c.query, c.fields...)
			r.Caller.Identity = c.caller
			strip.Apply(r)
			var removed []string
			for _, e := range r.Upstream {
				if e.Op != guard.Remove {
					t.Errorf("edit %v", e)
				}
				removed = append(removed, e.Name)
			}
			if r.Query != c.wantQuery || !slices.Equal(removed, c.wantRemoved) {
				t.Errorf("query %q, removed %v; want %q, %v", r.Query, removed, c.wantQuery, c.wantRemoved)
			}
			strip.Apply(r) // stripping twice takes nothing more from the query
			if r.Query != c.wantQuery {
				t.Errorf("a second time: %q", r.Query)
			}
		})
	}
}

func TestStripOfNoIdentities(t *testing.T) {
	r := request("key=k", "x-api-key: k")
	apikey.NewStrip(nil).Apply(r)
	if r.Query != "key=k" || len(r.Upstream) != 0 {
		t.Errorf("query %q, edits %v", r.Query, r.Upstream)
	}
}

// Guard and Strip read a request by the same rules: where one finds a key the
// other takes it.
func TestWhatIsReadIsStripped(t *testing.T) {
	key := newKey(t, 1)
	id := compile(t, "kept", document.APIKey{Clients: []document.Client{client("acme", digest(key))},
		From: []document.Source{{Header: "x-api-key"}, {Header: "authorization", Scheme: "ApiKey"}, {Query: "key"}}})
	g, strip := apikey.NewRoute([]*apikey.Identity{id}, false), apikey.NewStrip([]*apikey.Identity{id})
	for _, r := range []*guard.Request{
		request("", "x-api-key: "+key), request("", "authorization: ApiKey\t "+key), request("a&%6bey=" + key + "&b"),
	} {
		mustAllow(t, r, g.Check(r, nil), "acme", "a")
		strip.Apply(r)
		if len(r.Upstream) == 0 && r.Query != "a&b" {
			t.Errorf("the key of %v %q went upstream", r.Headers, r.Query)
		}
	}
}

// Only the very key that a caller was recognised by is kept: another identity's
// key in the same header, behind another scheme, is not.
func TestStripKeepsOnlyTheCallersOwnKey(t *testing.T) {
	own := func(n byte) []document.Client { return []document.Client{client("acme", digest(newKey(t, n)))} }
	strip := apikey.NewStrip([]*apikey.Identity{
		compile(t, "open", document.APIKey{Clients: own(1), From: []document.Source{{Header: "x-api-key"}, {Header: "authorization", Scheme: "Open"}},
			Forward: &document.APIKeyForward{Key: true}}),
		compile(t, "scheme", document.APIKey{Clients: own(2), From: []document.Source{{Header: "authorization", Scheme: "Kept"}}}),
		compile(t, "plain", document.APIKey{Clients: own(3), From: []document.Source{{Header: "authorization"}}}),
	})
	for value, want := range map[string]int{"Open k": 0, "Kept k": 1, "k": 1, "": 1} {
		r := request("", "x-api-key: k", "authorization: "+value)
		r.Caller.Identity = "open"
		if strip.Apply(r); len(r.Upstream) != want {
			t.Errorf("%q: edits %v", value, r.Upstream)
		}
	}
}
