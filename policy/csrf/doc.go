// Package csrf is the guard against pages that make a browser send requests in
// the name of who uses it.
//
//	compile.go   the sections of the document and of its routes
//	route.go     what is asked of one route, and which routes are exempt
//	guard.go     one request of one route
//	sender.go    whose page sent it: Fetch metadata, Origin, Referer
//	ambient.go   headers that a browser sends by itself, or that any page can set
//	cookie.go    the cookies of a request, and their doubles
//	token.go     signed double-submit tokens, bound to a session
//	endpoint.go  the path that hands them out
//	state.go     what one worker needs to sign
//	warn.go      what a policy may say and few should
//
// Promises:
//
//   - A request that changes something passes only if its page is of the same
//     origin or a trusted one, or if no browser attached anything to it.
//   - What cannot be read, or stands twice, counts against the request.
//   - A token fits one session. One that was made without the secret, for another
//     session, or too long ago passes nowhere.
//   - An exemption follows from the identities of the route, not from what a page
//     can write into a request.
package csrf
