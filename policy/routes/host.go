package routes

import (
	"fmt"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

// hostPattern is a host name, or ".example.com" for *.example.com: one or more
// labels in front. The dot is part of it, so that evilexample.com is no
// subdomain, and it is compared with the end of the host, so that
// a.example.com.evil.net is none either.
type hostPattern string

func (h hostPattern) wildcard() bool { return h[0] == '.' }

// covers tells whether h takes every host that other takes.
func (h hostPattern) covers(other hostPattern) bool {
	return h == other || h.wildcard() && strings.HasSuffix(string(other), string(h))
}

// parseHosts reads the hosts of a route; none at all is any host.
func parseHosts(texts []string, at document.Path, p *document.Problems) (hosts []hostPattern, ok bool) {
	ok = true
	for i, text := range texts {
		host, found, remedy := parseHost(text)
		if found == "" && slices.Contains(hosts, host) {
			found, remedy = fmt.Sprintf("is %q again", text), "write each host once"
		}
		if found != "" {
			p.Add(at.Index(i), found, remedy)
			ok = false
			continue
		}
		hosts = append(hosts, host)
	}
	return hosts, ok
}

func parseHost(text string) (host hostPattern, found, remedy string) {
	found = fmt.Sprintf("is %q", text)
	name, wildcard := strings.CutPrefix(text, "*.")
	var scratch guard.Scratch
	parsed, ok := hygiene.ParseHost(name, &scratch)
	switch {
	case text == "*":
		return "", found, "leave hosts out to take any host"
	case strings.Contains(name, "*"):
		return "", found, "write * only as the whole first label, like \"*.example.com\""
	case !ok:
		return "", found, "write one host name of letters, digits, '-', '_' and '.', without scheme, port or trailing dot, or *. and such a name"
	case wildcard && parsed[0] == '[':
		return "", found, "write the address alone: an address has no subdomains"
	case parsed != name:
		return "", found, fmt.Sprintf("write %q: hosts are compared in lower case and without port", text[:len(text)-len(name)]+parsed)
	case wildcard:
		return hostPattern("." + name), "", ""
	}
	return hostPattern(name), "", ""
}
