package guard

// Claims are what an identity says of a caller beside the attributes that every
// caller has: the claims of a token, or those that the policy gives a client.
type Claims interface {
	// Claim returns the value of a claim that is one text, number or truth value,
	// as a text. ok is false when the caller has no such claim, and when it is a
	// list or an object. The value lives as long as the request. Claim allocates
	// nothing where the claims stand in the policy.
	Claim(name string) (value string, ok bool)
}
