package authenticate

import (
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

// wellKnown stands between the host and the path of the resource (RFC 9728
// section 3).
const wellKnown = "/.well-known/oauth-protected-resource"

// Metadata are what the policy tells clients of the API: where to get tokens
// for it. They are public, and the same for everybody. A nil *Metadata tells
// nothing.
type Metadata struct {
	host, path string // as hygiene settles them
	url        string
	reply      *guard.Reply
}

// CompileMetadata reads the section, nil for none. ids are all identities of the
// policy.
func CompileMetadata(d *document.Resource, ids []Identity, at document.Path, p *document.Problems) *Metadata {
	if d == nil {
		return nil
	}
	tokens := oauth(ids)
	if len(tokens) == 0 {
		p.Add(at, "stands without an identity whose callers show a token", `remove it, or add an identity of the kind "jwt" or "introspection"`)
	}
	m := &Metadata{}
	m.locate(d.Identifier, at.Key("identifier"), p)
	servers := d.AuthorizationServers
	if servers == nil {
		servers = issuers(tokens)
	}
	checkServers(servers, at, p)
	checkScopes(d.ScopesSupported, at.Key("scopes_supported"), p)
	m.reply = &guard.Reply{
		Status: 200,
		Headers: [][2]string{
			{"content-type", "application/json"}, {"cache-control", "public, max-age=3600"},
			{"access-control-allow-origin", "*"}, // pages that are clients read it; it holds nothing of the user
		},
		Body: metadata(d, servers, methods(tokens), bindings(tokens)),
	}
	return m
}

func oauth(ids []Identity) (list []OAuth) {
	for _, id := range ids {
		if t, ok := id.(OAuth); ok {
			list = append(list, t)
		}
	}
	return list
}

// issuers are those of all identities, in their order, each once.
func issuers(ids []OAuth) (list []string) {
	for _, id := range ids {
		for _, issuer := range id.Issuers() {
			if !slices.Contains(list, issuer) {
				list = append(list, issuer)
			}
		}
	}
	return list
}

// bindings are those of all identities: what one takes is told, and what all
// demand.
func bindings(ids []OAuth) Binding {
	all := Binding{Demanded: len(ids) > 0}
	for _, id := range ids {
		b := id.Binding()
		all.Certificates = all.Certificates || b.Certificates
		all.Demanded = all.Demanded && b.Demanded
		for _, name := range b.Proofs {
			if !slices.Contains(all.Proofs, name) {
				all.Proofs = append(all.Proofs, name)
			}
		}
	}
	return all
}

// methods are the ways to present a token that RFC 6750 section 2 knows.
func methods(ids []OAuth) (list []string) {
	for _, id := range ids {
		for _, s := range id.Sources() {
			method := ""
			switch {
			case s.Header == "authorization" && s.Scheme == "bearer":
				method = "header"
			case s.Query == "access_token":
				method = "query"
			}
			if method != "" && !slices.Contains(list, method) {
				list = append(list, method)
			}
		}
	}
	return list
}

// locate takes the identifier apart and finds where its metadata stand (RFC 9728
// section 3.1).
func (m *Metadata) locate(identifier string, at document.Path, p *document.Problems) {
	const remedy = "write one such as https://api.example.com"
	scheme, rest, ok := strings.Cut(identifier, "://")
	end := strings.IndexByte(rest+"/", '/')
	authority, path := rest[:end], strings.TrimSuffix(rest[end:], "/")
	var scratch guard.Scratch
	host, isHost := hygiene.ParseHost(authority, &scratch)
	normal, isPath := hygiene.NormalizePath(wellKnown+path, &scratch, false)
	switch {
	case !ok || scheme != "https" && !(scheme == "http" && loopback(host)):
		p.Add(at, "is "+document.Quote(identifier)+", which does not begin with https:// (RFC 9728 section 1.2)", remedy)
	case !isHost || authority == "":
		p.Add(at, "is "+document.Quote(identifier)+", which has no host, or more before its path than a host and a port", remedy)
	case strings.ContainsAny(path, `?#"\`) || !isPath || normal != wellKnown+path:
		p.Add(at, "is "+document.Quote(identifier)+", which has a query, a fragment, or a path with more than one spelling", remedy)
	}
	m.host, m.path, m.url = strings.Clone(host), wellKnown+path, scheme+"://"+authority+wellKnown+path
}

// loopback tells whether a host is the machine itself, where demonstrations run.
func loopback(host string) bool { return host == "127.0.0.1" || host == "localhost" || host == "[::1]" }

func checkServers(servers []string, at document.Path, p *document.Problems) {
	if len(servers) == 0 {
		p.Add(at, "names no authorization server, and no identity names its issuer", `write "authorization_servers": ["https://auth.example.com"]`)
	}
	for i, s := range servers {
		if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
			p.Add(at.Key("authorization_servers").Index(i), "is "+document.Quote(s)+", which is not the URL of an issuer (RFC 8414 section 2)", "write one such as https://auth.example.com")
		}
	}
}

func checkScopes(scopes []string, at document.Path, p *document.Problems) {
	for i, s := range scopes {
		if s == "" || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }) {
			p.Add(at.Index(i), "is "+document.Quote(s)+", which is no scope", "write visible ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3)")
		}
	}
}

// URL is where the metadata are, for challenges; empty for none.
func (m *Metadata) URL() string {
	if m == nil {
		return ""
	}
	return m.url
}

// Check serves the metadata to who asks for them, and allows every other
// request.
func (m *Metadata) Check(r *guard.Request) guard.Verdict {
	if m == nil || r.Path != m.path || r.Host != m.host || r.Method != "GET" && r.Method != "HEAD" {
		return guard.Allow()
	}
	return guard.Serve(m.reply)
}
