package sign

import (
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/signature"
)

// Guard signs the requests of one route. It is immutable. A nil *Guard denies.
type Guard struct {
	scheme  *signature.Scheme
	key     signature.Key
	maxBody int64
	hosts   bool // the host goes upstream as it was judged
}

// Host is what the guard must know of the proxy and the policy.
type Host struct {
	Holds bool // the headers of a request wait for its body
	Hosts bool // the host goes upstream without its port
}

// Compile prepares the guard of a route; nil for one that signs nothing.
func Compile(s *document.Sign, h Host, at document.Path, secret func(document.Secret, document.Path) []byte, p *document.Problems) *Guard {
	if s == nil {
		return nil
	}
	if !h.Holds {
		p.Add(at, "adds headers that depend on the body, and the headers leave before it",
			`write "host": {"headers_stop_iteration": true}, and load the plugin with allow_on_headers_stop_iteration (Envoy 1.35 or later)`)
	}
	spec := signature.Spec{Scheme: s.Scheme, URL: s.URL, Signed: s.Signed, Algorithm: s.Algorithm, Signature: s.Signature, Timestamp: s.Timestamp, ID: s.ID}
	g := &Guard{scheme: signature.Compile(spec, at, p), maxBody: int64(s.MaxBody), hosts: h.Hosts}
	raw := secret(s.Secret, at.Key("secret"))
	if raw == nil && s.Secret.Env != "" {
		return g // said already
	}
	key, problem := g.scheme.SigningKey(raw)
	if problem != nil {
		p.Add(at.Key("secret"), problem.Found, problem.Remedy)
	}
	g.key = key
	return g
}

// Owns returns the headers that the guard sets.
func (g *Guard) Owns() []string {
	if g == nil {
		return nil
	}
	return g.scheme.Variants[0].Headers()
}
