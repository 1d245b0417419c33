package browser

import "sallyport.dev/sallyport/e2e/harness"

// The policies of the tests, by the listener that has them.
const (
	apiPolicy = `{"version": 1,
 "headers": {"response": {"preset": "api"}},
 "cors": {"origins": ["https://app.example.test", "https://*.partner.test"], "methods": ["GET", "PUT"],
          "request_headers": ["content-type"], "expose": ["x-exposed"], "credentials": true},
 "identities": {"programs": {"api_key": {"clients": [{"id": "acme", "keys": [{"id": "a",
   "sha256": "92db8fde73c9c4f0ae4bcd1eb28f00f1ea3c2a5f16ebbf0ea5a6fdbcd6aba1a5"}]}]}}},
 "routes": [{"name": "plain", "path": "/plain", "public": true}, {"name": "careless", "path": "/careless", "public": true},
            {"name": "page", "path": "/page", "public": true}, {"name": "closed", "path": "/closed", "identities": ["programs"]}]}`

	jarPolicy = `{"version": 1,
 "headers": {"response": {"preset": "web", "cookies": {"secure": true, "http_only": true, "same_site": "strict", "readable": ["script"]}}},
 "routes": [{"name": "all", "path": "/**", "public": true}]}`

	shopPolicy = `{"version": 1,
 "headers": {"response": {"preset": "web", "content_security_policy_nonce": {"request_header": "x-csp-nonce"}, "cookies": {"secure": true, "http_only": true},
   "content_security_policy": {"default-src": ["'self'"], "script-src": ["'nonce'"], "frame-ancestors": ["'none'"]}}},
 "csrf": {"token": {"session_cookie": "__Host-session", "secret": {"env": "CSRF_FIRST"}}},
 "routes": [{"name": "all", "path": "/**", "public": true}]}`

	// Behind the first, as after one and after two rotations of the secret.
	rotatedPolicy = `{"version": 1,
 "csrf": {"token": {"session_cookie": "__Host-session", "secret": {"env": "CSRF_SECOND"}, "previous_secret": {"env": "CSRF_FIRST"}}},
 "routes": [{"name": "all", "path": "/**", "public": true}]}`
	forgottenPolicy = `{"version": 1,
 "csrf": {"token": {"session_cookie": "__Host-session", "secret": {"env": "CSRF_SECOND"}}},
 "routes": [{"name": "all", "path": "/**", "public": true}]}`
)

var secrets = map[string]string{"CSRF_FIRST": "the first secret, of 32 bytes and more", "CSRF_SECOND": "the second secret, of 32 bytes as well"}

// guarded is which listener a host's requests go to; those of all other hosts go to "bare", which has no Sallyport.
var guarded = map[string]string{"api.example.test": "api", "jar.example.test": "jar", "shop.example.test": "shop",
	"shop.example.test:8443": "rotated", "shop.example.test:9443": "forgotten"}

// listeners are those of the steps.
func listeners(tls *harness.TLS) []harness.Listener {
	return []harness.Listener{
		{Name: "bare", TLS: tls},
		{Name: "api", Policy: []byte(apiPolicy), TLS: tls},
		{Name: "jar", Policy: []byte(jarPolicy), TLS: tls},
		{Name: "shop", Policy: []byte(shopPolicy), TLS: tls},
		{Name: "rotated", Policy: []byte(rotatedPolicy), TLS: tls},
		{Name: "forgotten", Policy: []byte(forgottenPolicy), TLS: tls},
	}
}

// hosts tells a browser where hosts are: behind their policies, or not.
func (s *stage) hosts(behind bool) map[string]string {
	where := map[string]string{}
	for _, name := range names {
		where[name] = s.envoy.Address("bare")
	}
	for name, listener := range guarded {
		where[name] = s.envoy.Address("bare")
		if behind {
			where[name] = s.envoy.Address(listener)
		}
	}
	return where
}
