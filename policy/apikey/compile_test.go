package apikey_test

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/document"
)

func TestCompileReports(t *testing.T) {
	d1, d2 := digest("1"), digest("2")
	keys := func(k ...document.Key) []document.Client { return []document.Client{{ID: "acme", Keys: k}} }
	fine := keys(document.Key{ID: "1", SHA256: d1})
	from := func(s ...document.Source) document.APIKey { return document.APIKey{From: s, Clients: fine} }
	headers := func(h map[string]string) document.APIKey {
		return document.APIKey{Clients: fine, Forward: &document.APIKeyForward{Headers: h}}
	}
	for _, c := range []struct {
		name string
		d    document.APIKey
		want []string // the problems begin so, behind "i."
	}{
		{"defaults only", document.APIKey{Clients: fine}, nil},
		{"no place", from(document.Source{}), []string{"from[0] names no place"}},
		{"header and query", from(document.Source{Header: "a", Query: "b"}), []string{"from[0] names several places"}},
		{"scheme without header", from(document.Source{Query: "a", Scheme: "b"}), []string{"from[0].scheme stands without a header"}},
		{"no header name", from(document.Source{Header: "x api"}), []string{`from[0].header is "x api"`}},
		{"pseudo-header", from(document.Source{Header: ":path"}), []string{`from[0].header is ":path"`}},
		{"a header of the connection", from(document.Source{Header: "Host"}), []string{`from[0].header is "Host"`}},
		{"no scheme", from(document.Source{Header: "a", Scheme: "Api Key"}), []string{`from[0].scheme is "Api Key"`}},
		{"no query name", from(document.Source{Query: "a b"}), []string{`from[0].query is "a b"`}},
		{"the same place", from(document.Source{Header: "x-a"}, document.Source{Header: "X-A"}), []string{"from[1] is the same place as i.from[0]"}},
		{"the same scheme", from(document.Source{Header: "x-a", Scheme: "K"}, document.Source{Header: "x-a", Scheme: "k"}), []string{"from[1] is the same place as i.from[0]"}},
		{"with and without scheme", from(document.Source{Header: "x-a"}, document.Source{Header: "x-a", Scheme: "k"}), []string{"from[1] reads the header of i.from[0]"}},
		{"bad prefix", document.APIKey{Prefix: "sk", Clients: fine}, []string{`prefix is "sk"`}},
		{"a key for the prefix", document.APIKey{Prefix: newKey(t, 1), Clients: fine}, []string{`prefix is "…"`}},
		{"a key of another system for the prefix", document.APIKey{Prefix: "hush" + strings.Repeat("-", 29), Clients: fine}, []string{`prefix is "…"`}},
		{"32 characters for the prefix", document.APIKey{Prefix: strings.Repeat("-", 32), Clients: fine}, []string{`prefix is "` + strings.Repeat("-", 32) + `"`}},
		{"a key for a name", document.APIKey{Clients: []document.Client{{ID: "a\n" + newKey(t, 1), Scopes: []string{newKey(t, 1) + " "}, Keys: []document.Key{{ID: newKey(t, 1) + "\t", SHA256: d1}}}},
			From: []document.Source{{Header: newKey(t, 1) + " "}, {Query: newKey(t, 1) + " "}, {Header: "x-a", Scheme: newKey(t, 1) + " "}}},
			[]string{`from[0].header is "…"`, `from[1].query is "…"`, `from[2].scheme is "…"`, `clients[0].id is "…"`, `clients[0].scopes[0] is "…"`, `clients[0].keys[0].id is "…"`}},
		{"forwarded: a key", headers(map[string]string{newKey(t, 1): newKey(t, 1)}), []string{`forward.headers["sk_live_…"] is "…", which is no attribute`, `forward.headers["sk_live_…"] has '_' in its name`}},
		{"short pepper", document.APIKey{Pepper: &document.Secret{Value: "hush-hush"}, Clients: fine}, []string{"pepper has 9 bytes: write a random secret of at least 16"}},
		{"the key instead of its digest", document.APIKey{Clients: keys(document.Key{ID: "1", SHA256: newKey(t, 1)})}, []string{"clients[0].keys[0].sha256 is not 64 hexadecimal digits"}},
		{"64 other characters", document.APIKey{Clients: keys(document.Key{ID: "1", SHA256: strings.Repeat("g", 64)})}, []string{"clients[0].keys[0].sha256 is not 64 hexadecimal digits"}},
		{"one digest twice", document.APIKey{Clients: []document.Client{{ID: "a", Keys: []document.Key{{ID: "1", SHA256: d1}, {ID: "2", SHA256: d2}}}, {ID: "b", Keys: []document.Key{{ID: "1", SHA256: strings.ToUpper(d2)}}}}},
			[]string{"clients[1].keys[0].sha256 is the digest of i.clients[0].keys[1].sha256 too"}},
		{"one client twice", document.APIKey{Clients: []document.Client{{ID: "a", Keys: []document.Key{{ID: "1", SHA256: d1}}}, {ID: "a", Keys: []document.Key{{ID: "1", SHA256: d2}}}}},
			[]string{`clients[1].id is "a", the id of i.clients[0] too`}},
		{"one key id twice", document.APIKey{Clients: keys(document.Key{ID: "1", SHA256: d1}, document.Key{ID: "1", SHA256: d2})}, []string{`clients[0].keys[1].id is "1", the id of i.clients[0].keys[0] too`}},
		{"never valid", document.APIKey{Clients: keys(document.Key{ID: "1", SHA256: d1, NotBefore: 5, Expires: 5})}, []string{"clients[0].keys[0] expires before it becomes valid"}},
		{"expired already", document.APIKey{Clients: keys(document.Key{ID: "1", SHA256: d1, Expires: 5})}, nil},
		{"control characters", document.APIKey{Clients: []document.Client{{ID: "a\r\nx: y", Tenant: "\x00", Plan: "\x7f", Roles: []string{"r\n"}, Keys: []document.Key{{ID: "k\t", SHA256: d1}}}}},
			[]string{`clients[0].id is "a\r\nx: y"`, `clients[0].tenant is "\x00"`, `clients[0].plan is "\x7f"`, `clients[0].roles[0] is "r\n"`, `clients[0].keys[0].id is "k\t"`}},
		{"no scope", document.APIKey{Clients: []document.Client{{ID: "a", Scopes: []string{"ok", "a b", `"`}, Keys: []document.Key{{ID: "1", SHA256: d1}}}}},
			[]string{`clients[0].scopes[1] is "a b"`, `clients[0].scopes[2] is "\""`}},
		{"a name with a space, not forwarded", document.APIKey{Clients: []document.Client{{ID: "Acme, Ltd", Roles: []string{"team lead"}, Keys: []document.Key{{ID: "1", SHA256: d1}}}}}, nil},
		{"forwarded values", document.APIKey{Clients: []document.Client{{ID: "Acme, Ltd", Tenant: "é", Roles: []string{"team lead"}, Keys: []document.Key{{ID: "1", SHA256: d1}}}},
			Forward: &document.APIKeyForward{Headers: map[string]string{"x-c": "client", "x-r": "roles"}}},
			[]string{`clients[0].id is "Acme, Ltd", which a forwarded`, `clients[0].roles[0] is "team lead", which a forwarded`}},
		{"forwarded: no name", headers(map[string]string{"x c": "client"}), []string{`forward.headers["x c"] is "x c"`}},
		{"forwarded: no attribute", headers(map[string]string{"x-c": "secret"}), []string{`forward.headers.x-c is "secret", which is no attribute of a caller: write one of client, identity, key, plan, roles, scopes, tenant`}},
		{"forwarded: connection", headers(map[string]string{"Transfer-Encoding": "client"}), []string{"forward.headers.Transfer-Encoding is"}},
		{"forwarded: credentials", headers(map[string]string{"authorization": "client"}), []string{"forward.headers.authorization sets a header that other software"}},
		{"forwarded: the proxy's", headers(map[string]string{"x-envoy-retry-on": "client"}), []string{"forward.headers.x-envoy-retry-on sets a header that steers"}},
		{"forwarded: underscore", headers(map[string]string{"x_c": "client"}), []string{`forward.headers.x_c has '_' in its name`}},
		{"forwarded: two spellings", headers(map[string]string{"x-c": "client", "X-C": "tenant"}), []string{"forward.headers.x-c names the header \"x-c\" again"}},
		{"forwarded: a source", headers(map[string]string{"x-api-key": "client"}), []string{"forward.headers.x-api-key sets a header that the key is read from"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			if id := apikey.Compile("i", c.d, "i", secret, &p); id == nil || id.Name() != "i" {
				t.Fatal("no identity")
			}
			var got []string
			for _, problem := range p.List() {
				got = append(got, strings.TrimPrefix(problem.String(), "i."))
			}
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if text := strings.Join(got, "\n"); strings.Contains(text, newKey(t, 1)) || strings.Contains(text, "hush") {
				t.Errorf("a secret is quoted: %s", text)
			}
		})
	}
}

// A pepper that could not be resolved was reported by whoever resolves it.
func TestUnresolvedPepperIsReportedOnce(t *testing.T) {
	var p document.Problems
	var asked document.Path
	apikey.Compile("i", document.APIKey{Pepper: &document.Secret{Env: "P"}, Clients: []document.Client{client("acme", digest("x"))}}, "i", func(_ document.Secret, at document.Path) []byte {
		asked = at
		p.Add(at, "names P, which is not set", "set it")
		return nil
	}, &p)
	if len(p.List()) != 1 || asked != "i.pepper" {
		t.Errorf("asked at %q, problems %v", asked, p.List())
	}
}
