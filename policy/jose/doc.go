// Package jose verifies JSON Web Signatures (RFC 7515) with JSON Web Keys (RFC
// 7517), as far as a gateway needs them: compact serialisation, public keys and
// shared secrets. It signs nothing and decrypts nothing.
//
//	errors.go            what can be wrong, for callers to tell apart
//	algorithm.go         the names of RFC 7518 and RFC 8037, and sets of them
//	token.go             compact serialisation -> Token
//	header.go            the JOSE header
//	headers.go           the headers that were read last
//	members.go           strict JSON, without recursion
//	key.go               one key, what it may verify, its thumbprint (RFC 7638)
//	jwk.go               JSON Web Key -> Key
//	rsa.go ec.go okp.go  the families of keys, and which of them are too weak
//	roca.go              RSA keys of a broken generator
//	set.go               JSON Web Key Set -> Set
//	pem.go               public keys in PEM -> Set
//	secret.go            shared secret -> Set
//	der.go               the few forms of DER that a verifier is given
//	verify.go            which key, and does the signature fit
//	ecdsa.go             Go's ECDSA, which the Wasm module does without
//
// Promises:
//
//   - The algorithm is the caller's choice and the key's, never the token's alone
//     (RFC 8725 sections 3.1 and 3.2). "none" is no algorithm. A set that was read
//     from JSON or PEM holds no secret, so no public key can serve as one.
//   - There is one way to write a token: what other readers would pass over
//     (padding, white space, unused bits, members given twice, bytes behind the
//     end) is refused.
//   - A header that says that more has to be understood (crit, b64) is refused.
//   - jku, x5u and x5c are never followed or trusted. jwk is handed out as it
//     stands, for proofs of possession alone.
//   - Input is bounded before it is read, and read without recursion.
//   - No error holds a byte of a token, or more of a key than its kid.
package jose
