package jwt

import (
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/revocation"
)

// hasID tells whether a token can be revoked: its jti is a text.
func hasID(c *claims.Set) bool {
	id, ok := c.Text("jti")
	return ok && id != "" && len(id) <= maxID
}

// unrevoked denies a token that was revoked, and every token while nobody knows
// which were. It may suspend the request before the first list is there.
func (e *known) unrevoked(r *guard.Request) guard.Verdict {
	if i := e.identity; i.revoked != nil && i.revoked.Revoked(e.id) {
		return guard.Deny(guard.TokenRevoked)
	}
	if e.identity.list == nil {
		return guard.Allow()
	}
	doc := e.fetched.revoked
	v := doc.Value(r)
	if v == nil {
		var err error
		if v, err = doc.Await(r); err != nil {
			return unavailable(guard.RevocationUnavailable)
		}
	}
	if list, ok := v.(*revocation.List); !ok || list.Revoked(e.id) { // of no list at all, every token is
		return guard.Deny(guard.TokenRevoked)
	}
	return guard.Allow()
}

// parseRevocations reads a list that was fetched.
func parseRevocations(body []byte) (any, error) {
	list, err := revocation.Parse(body)
	if err != nil {
		return nil, err // not a nil *List
	}
	return list, nil
}
