// Package hygiene settles what a request is before anything is decided about
// it: one method, one host name, one path with one spelling, and header fields
// that are bounded and can be read in one way only. What two decoders would
// understand differently is refused.
//
// Where things stand:
//
//	guard.go   Compile and Check: the order
//	sight.go   what shows at sight: nearly all requests have nothing to change
//	path.go    NormalizePath: one text per decoded path
//	escape.go  one percent-encoded segment, decoded and written again
//	class.go   what each byte is in a path
//	host.go    ParseHost: the authority as one host name
//	method.go  the method
//	fields.go  bounds and form of header fields
//	own.go     inbound copies of headers that the policy sets
//
// The promises:
//
//   - Two paths that decode to the same segments have the same Path, and it is
//     that Path which is matched and which goes upstream.
//   - NormalizePath is idempotent, and gives back the string that it got when
//     there is nothing to change.
//   - Inbound copies of headers that the policy sets are recorded for removal
//     even when Check denies: report mode lets such a request pass.
//   - Check allocates nothing, but for the request's scratch memory while that
//     still grows.
package hygiene
