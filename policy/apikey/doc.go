// Package apikey is the guard that knows callers by an API key.
//
// The policy holds digests, never keys. Package authenticate finds the one
// credential of a request; Guard.Check checks its form, hashes it once, remembers
// it in the worker's Cache, and fills in the caller.
//
//	compile.go           the document's section -> *Identity
//	claims.go            what else is known of a client
//	identity.go          one identity: digest, index, validity
//	cache.go             verified keys, so that they are not hashed again
//	memory.go            what a worker knows beyond the policy
//	find.go              a credential -> its key, from wherever it is known
//	directory.go         the service that is asked, and its call
//	directory_answer.go  what it answers -> clients
//	answers.go           answers that are remembered
//	bcrypt.go            digests of other systems
//	bcrypt_check.go      how often they are checked
//	forward.go           what the upstream is told of the caller
//	guard.go             one route: whose key it is, or a denial
//
// Promises:
//
//   - Digests, and the text of remembered keys, are compared in constant time.
//   - Not-before, expiry and status are looked at on every request, also where
//     the key is remembered.
//   - A service that does not answer lets nobody in whom an earlier answer does not.
//   - Nothing of a key but its id leaves the proxy.
//   - No key is in an error, a verdict or the caller.
//
// Guard.Check does not take the key out of the request that goes upstream:
// credential.Strip does, for every request that is forwarded, whatever was
// decided.
package apikey
