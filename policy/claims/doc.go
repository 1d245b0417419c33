// Package claims reads claim sets: the payload of a token (RFC 7519 section 4),
// or what an authorization server says of one (RFC 7662 section 2.2).
//
//	set.go      JSON -> a Set, read strictly and within bounds
//	plain.go    how nearly all sets are read, without the decoder
//	lookup.go   names with dots -> a claim, also in an object
//	values.go   claims as texts, lists and times
//	attributes.go  who the caller is, by the claims that the policy names
//	forward.go     what the upstream is told
//
// Promises:
//
//   - A member that stands twice, at any depth, is refused: another reader may
//     take the other one.
//   - Nothing recurses over what was sent: 5 KB of brackets would end the VM.
//   - A claim of another type than asked for is no claim.
package claims
