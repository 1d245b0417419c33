// Package document is the policy document as Go types, and the only door
// through which one comes in: Parse reads it strictly, and everything that it
// does not understand is a Problem.
//
// A struct tag says all that there is to say of a member, once, for the
// decoder, the JSON Schema and the manual:
//
//	json:"name"        its name in the document
//	doc:"…"            one sentence for the schema and the manual
//	default:"…"        its value where it is absent, as JSON
//	required:"true"    its absence is a Problem
//	enum:"a,b"         the strings that it may be
//	min:"0" max:"9"    bounds of a number
//	later:"true"       a section whose guard is not built yet: refused, never ignored
//
// Pointers tell "absent" from "given". An empty string, list or object is
// always a Problem: empty never means "off" and never "everything".
package document
