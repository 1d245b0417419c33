package policy

import "sallyport.dev/sallyport/policy/jwt"

// Tokens returns the identities whose callers show signed tokens, in the order of
// their names, for the tool that explains tokens.
func (p *Policy) Tokens() []*jwt.Identity {
	var ids []*jwt.Identity
	for _, caller := range p.callers {
		if id, ok := caller.(*jwt.Identity); ok {
			ids = append(ids, id)
		}
	}
	return ids
}
