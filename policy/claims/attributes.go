package claims

import (
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// maxID bounds a token's identifier in a log, in bytes.
const maxID = 256

// Attributes is where a caller's attributes stand in a set; dots reach into
// objects.
type Attributes struct{ client, scopes, roles, tenant string }

// NewAttributes reads the section, nil for the defaults.
func NewAttributes(d *document.ClaimNames) Attributes {
	a := Attributes{client: "sub", scopes: "scope"}
	if d == nil {
		return a
	}
	set := func(name *string, text string) {
		if text != "" {
			*name = text
		}
	}
	set(&a.client, d.Client)
	set(&a.scopes, d.Scopes)
	set(&a.roles, d.Roles)
	set(&a.tenant, d.Tenant)
	return a
}

// Caller reads a caller of an identity. An attribute that is not there, or is of
// another type, is not given. The lists are clipped: who appends to them gets a
// copy.
func (a Attributes) Caller(identity string, s *Set) guard.Caller {
	out := guard.Caller{Identity: identity, Claims: s}
	out.Client, _ = s.Claim(a.client)
	out.Scopes, _ = s.Words(a.scopes)
	// A name that the policy does not give is not the claim without a name.
	if a.tenant != "" {
		out.Tenant, _ = s.Claim(a.tenant)
	}
	if a.roles != "" {
		out.Roles, _ = s.Texts(a.roles)
	}
	if id, ok := s.Text("jti"); ok && len(id) <= maxID && credential.IsVisible(id) {
		out.Key = id
	}
	return out
}
