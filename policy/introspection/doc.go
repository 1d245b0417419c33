// Package introspection is the guard that knows callers by a token that only
// the authorization server understands: it is asked about each (RFC 7662), and
// what it says is remembered for a while.
//
//	compile.go   the document's section -> *Identity
//	identity.go  one identity, and what other packages ask of it
//	call.go      what the authorization server is asked
//	answer.go    what it answers -> what is remembered
//	find.go      a token -> its answer, remembered or new
//	guard.go     one route: whose token it is, or a denial
//
// Promises:
//
//   - A server that does not answer, or not soundly, lets nobody in.
//   - An answer serves no longer than cache, and never past the token's expiry;
//     it is judged anew on every request.
//   - Requests with one token wait for one call. Who leaves takes nobody along, and
//     what the server says then is remembered all the same.
//   - Tokens are known by their SHA-256. None is in memory longer than its request,
//     or in a log, a metric or an error.
//   - A token that is bound to its sender is refused from anybody else, and where
//     that cannot be checked: see package bound.
package introspection
