package introspection

import (
	"encoding/base64"
	"slices"
	"time"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/fetched"
)

// Compile reads one introspection identity of the document; at is the place of
// its section. secret resolves a secret, and reports what is wrong with it and
// returns nil. What is wrong is added to p; the Identity must not be used then,
// but is never nil.
func Compile(name string, d document.Introspection, at document.Path, secret func(document.Secret, document.Path) []byte, p *document.Problems) *Identity {
	i := &Identity{
		name: name, place: at, sources: credential.Compile(d.From, defaultSource, at.Key("from"), p),
		cluster: d.Cluster, timeout: time.Duration(d.Timeout), issuer: d.Issuer,
		audiences: d.Audiences.Any, unchecked: d.Audiences.Unchecked,
		skew: int64(d.ClockSkew), cache: int64(d.Cache), negative: int64(d.NegativeCache),
		attributes: claims.NewAttributes(d.Claims),
	}
	i.forward = claims.CompileForward(d.Forward, i.sources, at.Key("forward"), p)
	var err error
	if i.address, err = fetched.ParseURL(d.URL); err != nil {
		p.Add(at.Key("url"), err.Error(), "write one such as https://auth.example.com/introspect")
	}
	if len(d.Audiences.Any) == 0 && !d.Audiences.Unchecked || slices.Contains(d.Audiences.Any, "") {
		p.Add(at.Key("audiences"), "names none, or an empty one", `write what aud is in answers about tokens for this API, or "unchecked"`)
	}
	i.authenticate(d, secret(d.ClientSecret, at.Key("client_secret")))
	i.binding = bound.Compile(bound.Settings{Bound: d.Bound, DPoP: d.DPoP, Skew: time.Duration(d.ClockSkew), Keeps: i.forward.Keeps()}, at, secret, p)
	if source, ok := i.binding.Source(); ok && !slices.Contains(i.sources, source) {
		i.sources = append(i.sources, source)
	}
	return i
}

// authenticate prepares how the gateway shows who it is (RFC 6749 section
// 2.3.1). The secret, when it could not be resolved, was reported already.
func (i *Identity) authenticate(d document.Introspection, secret []byte) {
	id, password := string(escape(nil, d.ClientID)), string(escape(nil, string(secret)))
	i.headers = [][2]string{{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}}
	i.form = "&token_type_hint=access_token"
	if d.ClientAuthentication == "client_secret_post" {
		i.form += "&client_id=" + id + "&client_secret=" + password
		return
	}
	i.headers = append(i.headers, [2]string{"authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+password))})
}
