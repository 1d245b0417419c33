// Package sign is the guard of routes whose requests are signed, as a webhook is,
// before they leave.
//
//	compile.go  what a policy asks -> Guard
//	guard.go    the headers and the body; the headers that are added
//
// Promises:
//
//   - A request of such a route that is allowed leaves signed, or not at all.
//   - What is signed is what leaves: the path as it was judged, without the
//     credentials that are taken out of it.
//   - Copies of the headers of a signature that a client sends never leave, on no
//     route.
//   - Where the scheme signs by HMAC nothing is allocated once the worker is warm.
package sign
