package headers

import "sallyport.dev/sallyport/policy/guard"

// cache is which responses nobody may store unless they say otherwise. The zero
// value is all of them.
type cache uint8

const (
	cacheNone cache = iota + 1
	cacheAuthenticated
	cacheAll
)

var caches = map[string]cache{"none": cacheNone, "authenticated": cacheAuthenticated, "all": cacheAll}

const cacheControl = "cache-control"

// forbids tells whether a response must say who may store it. open is that
// anybody may call the route of its request.
func (c cache) forbids(open bool) bool {
	return c != cacheNone && (c != cacheAuthenticated || !open)
}

// noStore records it, where the response says nothing itself. Expires and Pragma
// are no say: a shared cache may store a response to a request with a credential
// of ours in spite of them (RFC 9111 section 3.5 knows Authorization alone).
func noStore(r *guard.Request, headers []guard.Header) {
	for i := range headers {
		if headers[i].Name == cacheControl && trim(headers[i].Value) != "" {
			return
		}
	}
	r.Hardening.Replace(cacheControl, "no-store")
}
