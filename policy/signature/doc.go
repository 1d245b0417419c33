// Package signature describes how senders sign webhooks, so that the guard that
// verifies them (webhook), the one that signs (sign) and the command (sallyport
// sign) go by one description.
//
//	scheme.go    Scheme: where signature, timestamp and id stand, and how they look
//	vendors.go   the schemes that have a name
//	custom.go    the scheme that a policy describes
//	template.go  what is signed
//	secret.go    secrets -> keys
//	encoding.go  signatures as text
//	time.go      timestamps as text
//	url.go       the address that was called
//	form.go      Twilio's rule for forms
//	sign.go      the headers of one signed request
//
// Promises:
//
//   - A Scheme and a Key are immutable. What changes is in the hashes that a Key
//     makes, and those belong to their caller.
//   - A secret that is empty, short, or not in the scheme's form makes no Key, and
//     no problem that is reported quotes one.
//   - The body is part of every text that is signed, once.
package signature
