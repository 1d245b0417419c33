// Package cors is the guard that tells browsers which foreign pages may read
// responses (Fetch standard, section 3.2).
//
//	compile.go    the sections of the document and of its routes
//	read.go       origins, as a policy writes them
//	origins.go    which origins a section names
//	guard.go      a request of a page
//	preflight.go  the question that a browser asks first
//	harden.go     the response
//	warn.go       what a policy may say and few should
//
// Promises:
//
//   - A response is readable for pages of the origins that its route names, and
//     for no other, whatever the upstream says.
//   - A preflight is answered here. One that is not allowed reaches no upstream.
//   - A preflight is told what it has asked for and nothing else.
//   - Where a response differs by origin, it says so in Vary.
package cors
