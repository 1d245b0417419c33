package authenticate_test

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// identity is one compiled identity; with issuers it takes tokens.
type identity struct{ sources []credential.Source }

func (identity) Name() string                   { return "a" }
func (i identity) Sources() []credential.Source { return i.sources }
func (identity) Owns() []string                 { return nil }
func (identity) Keeps() bool                    { return false }
func (identity) Place(string) document.Path     { return "" }
func (identity) CallsOut() bool                 { return false }
func (identity) Register(*guard.Metrics)        {}

type tokenIdentity struct {
	identity
	issuers []string
	binding authenticate.Binding
}

func (t tokenIdentity) Binding() authenticate.Binding { return t.binding }

func (t tokenIdentity) Issuers() []string { return t.issuers }

var (
	first  = tokenIdentity{identity{[]credential.Source{bearer, cookie}}, []string{"https://a.example", "https://b.example"}, authenticate.Binding{}}
	second = tokenIdentity{identity{[]credential.Source{{Query: "access_token"}, bearer}}, []string{"https://b.example"}, authenticate.Binding{}}
	proven = tokenIdentity{identity{[]credential.Source{bearer}}, []string{"https://c.example"}, authenticate.Binding{Demanded: true, Proofs: []string{"ES256"}}}
	shown  = tokenIdentity{identity{[]credential.Source{bearer}}, []string{"https://c.example"}, authenticate.Binding{Certificates: true, Proofs: []string{"EdDSA", "ES256"}}}
)

func TestMetadata(t *testing.T) {
	for _, c := range []struct {
		name string
		d    document.Resource
		ids  []authenticate.Identity
		path string
		body string
	}{
		{"defaults only", document.Resource{Identifier: "https://api.example.com"}, []authenticate.Identity{identity{}, first, second}, "",
			`{"resource":"https://api.example.com","authorization_servers":["https://a.example","https://b.example"],"bearer_methods_supported":["header","query"]}`},
		{"a slash at the end", document.Resource{Identifier: "https://api.example.com/"}, []authenticate.Identity{second}, "",
			`{"resource":"https://api.example.com/","authorization_servers":["https://b.example"],"bearer_methods_supported":["query","header"]}`},
		{"a path", document.Resource{Identifier: "https://API.example.com:8443/v1/orders"}, []authenticate.Identity{first}, "/v1/orders",
			`{"resource":"https://API.example.com:8443/v1/orders","authorization_servers":["https://a.example","https://b.example"],"bearer_methods_supported":["header"]}`},
		{"tokens that need a proof", document.Resource{Identifier: "https://api.example.com"}, []authenticate.Identity{identity{}, proven}, "",
			`{"resource":"https://api.example.com","authorization_servers":["https://c.example"],"bearer_methods_supported":["header"],"dpop_signing_alg_values_supported":["ES256"],"dpop_bound_access_tokens_required":true}`},
		{"one way of several", document.Resource{Identifier: "https://api.example.com"}, []authenticate.Identity{proven, shown}, "",
			`{"resource":"https://api.example.com","authorization_servers":["https://c.example"],"bearer_methods_supported":["header"],"tls_client_certificate_bound_access_tokens":true,"dpop_signing_alg_values_supported":["ES256","EdDSA"]}`},
		{"every member", document.Resource{Identifier: "https://api.example.com", AuthorizationServers: []string{"https://c.example"}, ScopesSupported: []string{"a", "b"},
			Name: `Say "hi"`, Documentation: "https://docs.example"}, []authenticate.Identity{tokenIdentity{}}, "",
			`{"resource":"https://api.example.com","authorization_servers":["https://c.example"],"scopes_supported":["a","b"],"resource_name":"Say \"hi\"","resource_documentation":"https://docs.example"}`},
	} {
		var p document.Problems
		m := authenticate.CompileMetadata(&c.d, c.ids, "resource", &p)
		if err := p.Err(); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		path := "/.well-known/oauth-protected-resource" + c.path
		v := m.Check(&guard.Request{Method: "GET", Host: "api.example.com", Path: path, Query: "a=b"})
		if !v.Serves() || v.Reply.Status != 200 || v.Reply.Body != c.body+"\n" || !slices.Contains(v.Reply.Headers, [2]string{"content-type", "application/json"}) {
			t.Errorf("%s:\ngot  %+v", c.name, v.Reply)
		}
		if !strings.HasSuffix(m.URL(), path) || !strings.HasPrefix(m.URL(), "https://") {
			t.Errorf("%s: %s", c.name, m.URL())
		}
		for _, r := range []guard.Request{
			{Method: "POST", Host: "api.example.com", Path: path}, {Method: "OPTIONS", Host: "api.example.com", Path: path},
			{Method: "GET", Host: "other.example.com", Path: path}, {Method: "GET", Host: "api.example.com", Path: path + "/"},
			{Method: "GET", Host: "api.example.com", Path: path + "x"}, {Method: "GET", Host: "api.example.com", Path: "/"},
			{Method: "GET"},
		} {
			if v := m.Check(&r); !v.Allows() {
				t.Errorf("%s: %s %s %s: %v", c.name, r.Method, r.Host, r.Path, v.Reason)
			}
		}
		if v := m.Check(&guard.Request{Method: "HEAD", Host: "api.example.com", Path: path}); !v.Serves() {
			t.Errorf("%s: HEAD: %v", c.name, v.Reason)
		}
	}
}

func TestNoMetadata(t *testing.T) {
	var p document.Problems
	m := authenticate.CompileMetadata(nil, nil, "resource", &p)
	if m != nil || m.URL() != "" || !m.Check(&guard.Request{Method: "GET", Path: "/.well-known/oauth-protected-resource"}).Allows() || p.Err() != nil {
		t.Errorf("%v, %v", m, p.Err())
	}
}

func TestMetadataProblems(t *testing.T) {
	tokens := []authenticate.Identity{first}
	for _, c := range []struct {
		name, want string
		d          document.Resource
		ids        []authenticate.Identity
	}{
		{"nobody shows a token", "stands without an identity", document.Resource{Identifier: "https://a.example", AuthorizationServers: []string{"https://b.example"}}, []authenticate.Identity{identity{}}},
		{"no server", "names no authorization server", document.Resource{Identifier: "https://a.example"}, []authenticate.Identity{tokenIdentity{}}},
		{"a server that is no URL", "not the URL of an issuer", document.Resource{Identifier: "https://a.example", AuthorizationServers: []string{"b.example"}}, tokens},
		{"a scope with a space", "no scope", document.Resource{Identifier: "https://a.example", ScopesSupported: []string{"a b"}}, tokens},
		{"no scheme", "https://", document.Resource{Identifier: "api.example.com"}, tokens},
		{"http", "https://", document.Resource{Identifier: "http://api.example.com"}, tokens},
		{"no host", "no host", document.Resource{Identifier: "https:///v1"}, tokens},
		{"a user", "no host", document.Resource{Identifier: "https://u@api.example.com"}, tokens},
		{"a query", "query", document.Resource{Identifier: "https://api.example.com/?a"}, tokens},
		{"a query at once", "no host", document.Resource{Identifier: "https://api.example.com?a"}, tokens},
		{"a fragment", "fragment", document.Resource{Identifier: "https://api.example.com/#a"}, tokens},
		{"dots", "more than one spelling", document.Resource{Identifier: "https://api.example.com/a/../b"}, tokens},
		{"an escape that need not be", "more than one spelling", document.Resource{Identifier: "https://api.example.com/%61"}, tokens},
	} {
		var p document.Problems
		authenticate.CompileMetadata(&c.d, c.ids, "resource", &p)
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	var p document.Problems
	authenticate.CompileMetadata(&document.Resource{Identifier: "http://127.0.0.1:10000"}, tokens, "resource", &p)
	if err := p.Err(); err != nil {
		t.Errorf("a demonstration: %v", err)
	}
}
