// Package bound is the guard of tokens that only their sender may show: those
// that name his certificate (mutual TLS, RFC 8705) or his key (DPoP, RFC 9449).
// A copy of such a token is of no use to a thief.
//
//	confirmation.go  the claim cnf -> to what a token is bound
//	compile.go       what a policy asks
//	guard.go         the verdict
//	mtls.go          the certificate of the connection
//	proof.go         the proof in the header DPoP
//	uri.go           htu: for which address a proof is
//	nonce.go         nonces of ours, which nobody has to remember
//	state.go         whether a proof was used before, by any worker
//
// Promises:
//
//   - A token that is bound is checked, also where the policy does not ask that
//     tokens are: one that is bound in no way that can be checked is refused.
//   - A token that is bound to a key is refused without its proof, and under
//     any other scheme than DPoP; one that is bound to none is refused under that.
//   - A proof serves once in one proxy, whichever workers see it. What cannot be
//     remembered is refused.
//   - The keys of shared data are fixed: replay.Pages for all proofs together.
//   - A proof is remembered only when all else about it is right: nobody without
//     a token and its key fills the memory.
package bound
