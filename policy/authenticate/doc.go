// Package authenticate is the guard that knows who calls: it finds the one
// credential of a request and has it judged by the kind of identity that it is
// for.
//
//	identity.go       what an identity of any kind is, compiled and at work
//	guard.go          one route: exactly one credential, or a denial
//	challenge.go      what a denial tells the client of credentials
//	metadata.go       what everybody is told of where to get tokens (RFC 9728)
//	metadata_json.go  the document itself
//
// Promises:
//
//   - More than one credential in a request is a denial, whatever their kinds:
//     which of them another server would read cannot be known.
//   - A credential that is present and bad never passes as anonymous.
//   - One kind judges a credential. What it refuses is not tried as another.
package authenticate
