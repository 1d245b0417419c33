// Package headers hardens the headers of every response that passes the
// filter: those of the upstream, of the proxy itself, and denials.
//
// The preset "api" is for answers that no browser should render (OWASP REST
// Security Cheat Sheet); "web" is the set of Helmet 8. A header of "set" wins
// over the preset's; a header of "remove" is taken out first.
package headers
