// Package guard holds what every guard of the policy shares: the request it
// reads, the verdict it returns, the reason it gives, and the few things of
// the world that it may ask for.
//
// A guard lives in one folder beside this one. It has a Compile that turns its
// section of the document into an immutable value, and one entry that takes a
// *Request and returns a Verdict. The order in which the guards are asked is
// written in package policy and nowhere else.
//
// The promises that hold everywhere:
//
//   - The zero Verdict denies. A forgotten branch is a refusal, never a bypass.
//   - A guard decides on the parsed values of the Request (Host, Path, Query,
//     Caller), never on the raw ones again.
//   - A guard keeps no string of a Request past the end of its stream: they
//     stand in memory that the next stream uses again.
//   - A guard changes nothing itself. It records edits, and the door carries
//     them out when the verdict is known.
package guard
