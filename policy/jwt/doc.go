// Package jwt is the guard that knows callers by a signed token (RFC 7519),
// such as an access token of OAuth 2.0 (RFC 9068).
//
// Package authenticate finds the one token of a request; Guard.Check verifies
// it, remembers it in the worker's State, and fills in the caller.
//
//	compile.go       the document's section -> *Identity
//	compile_keys.go  its keys: in the policy, or where they are fetched
//	identity.go      one identity, and what other packages ask of it
//	state.go         what one worker knows: fetched documents, remembered tokens
//	cache.go         verified tokens, so that they are not verified again
//	verify.go        a token -> what is remembered of it, or a denial
//	rules.go         what its claims must say
//	types.go         what its header may call it
//	revoked.go       tokens that are refused before they expire
//	guard.go         one route: whose token it is, or a denial
//	explain.go       why a token would be denied, for people
//
// Promises:
//
//   - Nothing of a token counts before its signature was verified, but for the
//     issuer that it names: that says which identity judges it.
//   - A remembered token is never taken past its expiry, nor with another key set
//     than the one that verified it: the tokens of a removed key end with it.
//   - Whether a token is revoked is asked on every request.
//   - Keys or lists that nobody has are a denial, never a pass.
//   - No token is in an error, a verdict or the caller.
package jwt
