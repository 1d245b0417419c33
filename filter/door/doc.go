// Package door stands between the proxy's callbacks and the policy: it reads
// the request, asks the policy, and carries the decision out.
//
// Its promises:
//
//   - Every callback names its result and sets it to the safe answer first.
//   - A panic is recovered into a 503 that stops the stream.
//   - A failed host call that a verdict needs is a denial.
//   - refuse is the one place where a denial, or an answer of a guard's own,
//     becomes host calls.
//   - A request that waits for a service has no verdict: neither its headers nor
//     its body go on, and when it ends its decision ends with it.
//
// A Door holds all mutable state; there are no package variables. The proxy
// may run an old and a new configuration in one VM at once: each is a plugin
// context of its own.
package door
