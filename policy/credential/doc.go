// Package credential knows where credentials stand in a request: in a header,
// behind a scheme of a header, in a cookie or in a query parameter.
//
//	source.go   the document's "from" -> sources; what a header's value holds
//	query.go    the query: found and taken out
//	reader.go   all sources of a route -> the credentials of a request
//	strip.go    no credential goes upstream
//	names.go    names of headers, and which of them a policy may read or set
//
// Promises:
//
//   - What Reader finds Strip takes out: both read by the same rules.
//   - A list is never one credential: which of its members another server would
//     read cannot be known.
//   - A place that is there and empty is a credential, and a bad one.
package credential
