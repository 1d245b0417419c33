// Package document is the policy document as Go types, and the only door
// through which one comes in: Parse reads it strictly, and everything that it
// does not understand is a Problem.
//
// A struct tag says all that there is to say of a member, once, for the
// decoder, the JSON Schema and the manual:
//
//	json:"name"        its name in the document
//	doc:"…"            one or two sentences for the schema and the manual
//	default:"…"        its value where it is absent, as JSON
//	required:"true"    its absence is a Problem
//	enum:"a,b"         the strings that it may be
//	form:"name"        the form of the string, or of each string of the list: see Form
//	keys:"name"        the form of the names in an object that the author fills
//	min:"0" max:"9"    bounds of a number, a duration or a size
//	above:"0"          a bound that a number is not equal to
//	one:"kind"         exactly one of the members with the same word is given
//	with:"header"      it stands only beside that other member
//	secret:"true"      its value is never quoted
//	later:"true"       a section whose guard is not built yet: refused, never ignored
//
// Pointers tell "absent" from "given". An empty string, list or object is
// always a Problem: empty never means "off" and never "everything". So is null.
//
// The sections stand in files of their own: document.go (the whole), hygiene.go,
// identity.go, token.go, limit.go, header.go, browser.go, route.go, body.go,
// webhook.go. Values with a notation of their own stand beside them with their
// reader: duration.go, size.go, time.go, secret.go, cost.go, requirement.go,
// audiences.go, raw.go. The reader itself begins in parse.go.
package document
