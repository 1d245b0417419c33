package headers

// preset is one named set: headers that are set, headers that are removed, and
// which responses nobody may store.
type preset struct {
	set    map[string]string
	remove []string
	cache  cache
}

// leaks are headers that tell an attacker what runs behind the proxy: those of
// the OWASP Secure Headers Project, without the ones that clients, caches and
// tracers act on (Via, X-B3-*, X-Nextjs-*, X-LiteSpeed-*, X-Atmosphere-Tracking-Id).
var leaks = []string{
	"$wsep", "host-header", "k-proxy-request", "liferay-portal", "oraclecommercecloud-version", "pega-host", "powered-by", "product",
	"server", "sourcemap", "x-aspnet-version", "x-aspnetmvc-version", "x-atmosphere-error", "x-backside-transport", "x-beserver",
	"x-calculatedbetarget", "x-cf-powered-by", "x-cms", "x-cocoon-version", "x-content-encoded-by", "x-debug-*", "x-diaginfo",
	"x-drupal-*", "x-envoy-attempt-count", "x-envoy-original-dst-host", "x-envoy-upstream-service-time", "x-feserver", "x-framework",
	"x-generated-by", "x-generator", "x-jitsi-release", "x-joomla-version", "x-kubernetes-pf-*", "x-mod-pagespeed",
	"x-old-content-length", "x-owa-version", "x-page-speed", "x-php-version", "x-powered-by", "x-powered-by-plesk", "x-powered-cms",
	"x-redirect-by", "x-runtime", "x-server-powered-by", "x-sourcefiles", "x-sourcemap", "x-turbo-charged-by", "x-umbraco-version",
	"x-varnish-backend", "x-varnish-server",
}

var presets = map[string]preset{
	"none": {cache: cacheNone},
	"api": {
		set: map[string]string{
			cspName:                        "default-src 'none'; frame-ancestors 'none'",
			"cross-origin-resource-policy": "same-origin",
			"referrer-policy":              "no-referrer",
			hstsName:                       "max-age=31536000; includeSubDomains",
			"x-content-type-options":       "nosniff",
			"x-frame-options":              "DENY",
		},
		remove: leaks,
		cache:  cacheAuthenticated,
	},
	// Helmet 8.3 with its defaults, header by header.
	"web": {
		set: map[string]string{
			cspName: "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';" +
				"frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';" +
				"style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests",
			"cross-origin-opener-policy":        "same-origin",
			"cross-origin-resource-policy":      "same-origin",
			"origin-agent-cluster":              "?1",
			"referrer-policy":                   "no-referrer",
			hstsName:                            "max-age=31536000; includeSubDomains",
			"x-content-type-options":            "nosniff",
			"x-dns-prefetch-control":            "off",
			"x-download-options":                "noopen",
			"x-frame-options":                   "SAMEORIGIN",
			"x-permitted-cross-domain-policies": "none",
			"x-xss-protection":                  "0",
		},
		remove: leaks,
		cache:  cacheAuthenticated,
	},
}
