package cors

import (
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
	"sallyport.dev/sallyport/policy/origin"
)

// origin adds an origin of a policy, or the subdomains of one:
// https://*.example.com.
func (c compiler) origin(text string, o *origins, at document.Path) {
	from, wild, remedy := readOrigin(text)
	switch {
	case remedy != "":
		c.problems.Add(at, "is "+document.Quote(text), remedy)
	case o.exact[from] || slices.Contains(o.wildcards, from):
		c.problems.Add(at, "is an origin that is there already", "remove it")
	case wild:
		o.wildcards = append(o.wildcards, from)
	default:
		o.exact[from], o.written[write(from)] = true, write(from)
	}
}

// readOrigin reads an origin of a policy. The host of a wildcard begins with a
// dot. A text that is no origin has a remedy.
func readOrigin(text string) (o origin.Origin, wild bool, remedy string) {
	scheme, authority, found := strings.Cut(text, "://")
	switch {
	case !found:
		return o, false, "write the scheme too, such as " + withScheme(text)
	case text != strings.ToLower(text):
		return o, false, "write " + document.Quote(strings.ToLower(text)) + ": browsers write origins in lower case"
	case strings.ContainsAny(authority, `/?#\`):
		return o, false, "write scheme, host and port alone, without a slash or a path behind them"
	case strings.Contains(authority, "@"):
		return o, false, "leave out who logs in: an origin is scheme, host and port"
	}
	host, wild := strings.CutPrefix(authority, "*.")
	if strings.Contains(host, "*") {
		return o, false, `write * only as the whole first label, like "https://*.example.com"`
	}
	var scratch guard.Scratch
	o, ok := parse(scheme+"://"+host, &scratch)
	switch {
	case !ok:
		return o, false, `write one such as "https://app.example.com", or "https://app.example.com:8443" where the port is not the scheme's own`
	case wild && isAddress(o.Host):
		return o, false, "write the address alone: an address has no subdomains"
	case wild && !strings.Contains(o.Host, "."):
		return o, false, `name the domain, with two labels at least behind *, like "https://*.example.com": a single one is not yours`
	case wild:
		o.Host = "." + o.Host
	}
	return o, wild, ""
}

// withScheme is a host with a scheme, as a remedy may show it.
func withScheme(host string) string {
	var scratch guard.Scratch
	if _, ok := hygiene.ParseHost(host, &scratch); !ok {
		host = "app.example.com"
	}
	return document.Quote("https://" + host)
}

// isAddress tells whether a host is an address: its last label is a number, or it
// stands in brackets.
func isAddress(host string) bool {
	return host[0] == '[' || strings.Trim(host[strings.LastIndexByte(host, '.')+1:], "0123456789") == ""
}
