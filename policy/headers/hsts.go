package headers

import (
	"strconv"
	"time"

	"sallyport.dev/sallyport/policy/document"
)

const hstsName = "strict-transport-security"

// preloadAge is the least max-age that browsers' lists take.
const preloadAge = 365 * 24 * time.Hour

// compileHSTS writes the header down (RFC 6797 section 6.1).
func compileHSTS(d *document.StrictTransportSecurity, at document.Path, p *document.Problems) string {
	age := time.Duration(d.MaxAge)
	if age%time.Second != 0 {
		p.Add(at.Key("max_age"), "is not a whole number of seconds", `write a value such as "365d"`)
	}
	if d.Preload && !d.IncludeSubdomains {
		p.Add(at.Key("preload"), "is true without subdomains, and browsers' lists take whole domains", `write "include_subdomains": true beside it`)
	}
	if d.Preload && age < preloadAge {
		p.Add(at.Key("preload"), "is true with a max_age that browsers' lists do not take", `write a "max_age" of "365d" at least`)
	}
	text := "max-age=" + strconv.FormatInt(int64(age/time.Second), 10)
	if d.IncludeSubdomains {
		text += "; includeSubDomains"
	}
	if d.Preload {
		text += "; preload"
	}
	return text
}
