package document

// DPoP is what is asked of proofs that the sender of a token has the key to
// which it is bound (RFC 9449).
type DPoP struct {
	Origins    []string   `json:"origins" required:"true" doc:"By which addresses clients call, such as https://api.example.com. A proof is for one of these."`
	Algorithms []string   `json:"algorithms" default:"[\"ES256\",\"PS256\",\"EdDSA\"]" enum:"RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA" doc:"Algorithms by which proofs may be signed."`
	MaxAge     Duration   `json:"max_age" default:"\"1m\"" min:"5s" max:"10m" doc:"How old a proof may be, beside clock_skew."`
	Nonce      *DPoPNonce `json:"nonce" doc:"Ask for a nonce of ours in every proof."`
}

// DPoPNonce is the nonce of proofs (RFC 9449 section 9).
type DPoPNonce struct {
	Lifetime Duration `json:"lifetime" required:"true" min:"10s" max:"1h" doc:"After how long there is another one. The one before it serves as long again."`
	Secret   *Secret  `json:"secret" doc:"From what nonces are made. Proxies that have the same take each other's. Absent: each proxy draws its own."`
}
