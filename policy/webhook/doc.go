// Package webhook is the guard of routes that a webhook calls: who sends is known
// by the signature over the body.
//
//	compile.go   what a policy asks -> Guard
//	guard.go     the headers: the signature's form, the time, the length
//	header.go    signatures in a header
//	delivery.go  the body: hashed as it comes, compared at its end
//	whole.go     what needs the whole body: Ed25519, and Twilio's forms
//	replay.go    whether the delivery was seen before, by any worker
//	state.go     what one worker keeps
//
// Promises:
//
//   - What a signature stands for is the bytes as they came. Nobody decodes a body
//     before its signature fits, but for Twilio's forms, whose signature is over
//     their fields.
//   - A header that is there twice is never chosen from: it is refused.
//   - Signatures are compared in constant time, each with each secret.
//   - A delivery is marked only when its signature fits: nobody without the secret
//     fills the memory. Where the mark cannot be made the request is denied.
//   - One secret makes one mark, however the delivery was signed: dropping one of
//     two signatures, or writing one in another way, makes no second delivery.
//   - An allowed delivery allocates nothing once the worker is warm.
package webhook
