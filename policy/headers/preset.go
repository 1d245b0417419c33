package headers

// preset is one named set: headers that are set, and headers that are removed.
type preset struct {
	set    map[string]string
	remove []string
}

// leaks are headers that tell an attacker what runs behind the proxy.
var leaks = []string{
	"server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-runtime", "x-generator", "x-envoy-upstream-service-time",
}

var presets = map[string]preset{
	"none": {},
	"api": {
		set: map[string]string{
			"content-security-policy":      "default-src 'none'; frame-ancestors 'none'",
			"cross-origin-resource-policy": "same-origin",
			"referrer-policy":              "no-referrer",
			"strict-transport-security":    "max-age=31536000; includeSubDomains",
			"x-content-type-options":       "nosniff",
			"x-frame-options":              "DENY",
		},
		remove: leaks,
	},
	// Helmet 8.1 with its defaults, header by header.
	"web": {
		set: map[string]string{
			"content-security-policy": "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';" +
				"frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';" +
				"style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests",
			"cross-origin-opener-policy":        "same-origin",
			"cross-origin-resource-policy":      "same-origin",
			"origin-agent-cluster":              "?1",
			"referrer-policy":                   "no-referrer",
			"strict-transport-security":         "max-age=31536000; includeSubDomains",
			"x-content-type-options":            "nosniff",
			"x-dns-prefetch-control":            "off",
			"x-download-options":                "noopen",
			"x-frame-options":                   "SAMEORIGIN",
			"x-permitted-cross-domain-policies": "none",
			"x-xss-protection":                  "0",
		},
		remove: leaks,
	},
}
