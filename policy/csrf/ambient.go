package csrf

import (
	"strings"

	"sallyport.dev/sallyport/policy/credential"
)

// ambient are headers that say nothing of whose page sent a request: browsers
// and proxies set them by themselves, or any page can (the safelisted headers of
// the Fetch standard, section 2.2.2).
var ambient = set(`accept accept-charset accept-encoding accept-language access-control-request-headers
	access-control-request-method access-control-request-private-network cache-control connection content-encoding
	content-language content-length content-type cookie cookie2 date device-memory dnt downlink dpr early-data ect expect
	forwarded host if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive last-event-id origin
	ping-from ping-to pragma priority proxy-authorization purpose range referer rtt save-data service-worker set-cookie te
	trailer transfer-encoding upgrade upgrade-insecure-requests user-agent via viewport-width width x-client-data
	x-forwarded-client-cert x-real-ip x-request-id x-requested-with`)

// byItself are the schemes by which browsers authenticate without being asked
// by a page (RFC 7617, 7616, 4559, 8120, 7486).
var byItself = set(`basic digest negotiate ntlm kerberos mutual hoba`)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(names) {
		m[name] = true
	}
	return m
}

// isAmbient tells whether a header, in lower case, can come without a page that
// was allowed to send it.
func isAmbient(header string) bool {
	return ambient[header] || strings.HasPrefix(header, "sec-") || strings.HasPrefix(header, "proxy-") ||
		strings.HasPrefix(header, "x-forwarded-") || strings.HasPrefix(header, "x-envoy-")
}

// exempts tells whether a credential in this place proves that no page of
// another site sent the request: to set such a header a page needs the consent
// of the site that it asks (CORS preflight).
func exempts(s credential.Source) bool {
	switch {
	case s.Header == "" || isAmbient(s.Header):
		return false
	case s.Header == "authorization":
		return s.Scheme != "" && !byItself[s.Scheme]
	}
	return true
}
