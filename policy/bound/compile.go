package bound

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jose"
)

// The ways in which a token can be bound, as a policy writes them.
const (
	mtls = "mtls"
	dpop = "dpop"
)

// Settings is what an identity asks of the binding of its tokens.
type Settings struct {
	Bound []string       // a token is bound in one of these ways; empty: it need not be
	DPoP  *document.DPoP // nil: no proofs are taken, and no tokens that need one
	Skew  time.Duration  // how far clocks may differ
	Keeps bool           // the token goes upstream, and its proof with it
}

// maxOrigins bounds the addresses of one API.
const maxOrigins = 32

// minSecret is the least length of a secret that nonces are made from.
const minSecret = 16

// Compile prepares the checks of one identity, which stands at a place of the
// document. It is never nil.
func Compile(s Settings, at document.Path, secret func(document.Secret, document.Path) []byte, p *document.Problems) *Guard {
	g := &Guard{asked: len(s.Bound) > 0, mtls: slices.Contains(s.Bound, mtls), dpop: slices.Contains(s.Bound, dpop)}
	switch {
	case s.DPoP != nil:
		g.proofs = compileProofs(s, at.Key(dpop), secret, p)
	case g.dpop:
		p.Add(at.Key("bound"), `has "dpop", and nothing says by which address clients call`,
			`add "dpop": {"origins": ["https://api.example.com"]}`)
	}
	return g
}

func compileProofs(s Settings, at document.Path, secret func(document.Secret, document.Path) []byte, p *document.Problems) *proofs {
	d := &proofs{
		algorithms: compileAlgorithms(s.DPoP.Algorithms, at.Key("algorithms"), p),
		past:       int64(s.DPoP.MaxAge) + int64(s.Skew),
		future:     int64(s.Skew),
		keeps:      s.Keeps,
	}
	if s.Skew < 0 || d.past <= 0 || d.past+d.future > longest {
		p.Add(at.Key("max_age"), "is too long beside clock_skew", "write a shorter one")
	}
	d.compileOrigins(s.DPoP.Origins, at.Key("origins"), p)
	if n := s.DPoP.Nonce; n != nil {
		d.nonce = compileNonce(n, at.Key("nonce"), secret, p)
	}
	params := `algs="` + names(d.algorithms) + `"`
	d.params = params
	d.invalid = `DPoP realm="sallyport", error="invalid_dpop_proof", ` + params
	d.wantsNonce = `DPoP realm="sallyport", error="use_dpop_nonce", ` + params
	return d
}

func compileAlgorithms(list []string, at document.Path, p *document.Problems) jose.Algorithms {
	var all []jose.Algorithm
	for i, name := range list {
		a, known := jose.ParseAlgorithm(name)
		if !known || a.Symmetric() {
			p.Add(at.Index(i), "is "+document.Quote(name)+", by which no proof can be signed", `write one such as "ES256"`)
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		p.Add(at, "is empty", `write ["ES256"], or remove it`)
	}
	return jose.NewAlgorithms(all...)
}

// names lists algorithms as WWW-Authenticate does (RFC 9449 section 7.1).
func names(set jose.Algorithms) string {
	var list []string
	for a := range set.All() {
		list = append(list, a.String())
	}
	return strings.Join(list, " ")
}

func (d *proofs) compileOrigins(list []string, at document.Path, p *document.Problems) {
	if len(list) == 0 || len(list) > maxOrigins {
		p.Add(at, fmt.Sprintf("has %d addresses", len(list)), fmt.Sprintf(`write 1 to %d such as "https://api.example.com"`, maxOrigins))
	}
	for i, text := range list {
		// The whole of it is an origin: no path, nor what ParseURI leaves out.
		var scratch guard.Scratch
		u, ok := parseURI(text, &scratch)
		switch {
		case !ok || strings.ContainsAny(text, "?#") || strings.Count(text, "/") != 2:
			p.Add(at.Index(i), "is "+document.Quote(text)+", which is not scheme, host and port of an address", `write one such as "https://api.example.com"`)
		case slices.Contains(d.origins, u.origin):
			p.Add(at.Index(i), "is an address that is there already", "remove it")
		default:
			d.origins = append(d.origins, u.origin)
		}
	}
}

func compileNonce(n *document.DPoPNonce, at document.Path, secret func(document.Secret, document.Path) []byte, p *document.Problems) *nonce {
	out := &nonce{lifetime: int64(n.Lifetime)}
	if out.lifetime <= 0 {
		p.Add(at.Key("lifetime"), "is missing", `write one such as "5m"`)
		out.lifetime = int64(time.Minute)
	}
	if n.Secret != nil {
		out.secret = secret(*n.Secret, at.Key("secret"))
		if out.secret != nil && len(out.secret) < minSecret {
			p.Add(at.Key("secret"), fmt.Sprintf("has %d bytes", len(out.secret)), fmt.Sprintf("write one of at least %d random bytes", minSecret))
		}
	}
	return out
}
