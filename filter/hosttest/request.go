package hosttest

import (
	"slices"
	"strings"

	"sallyport.dev/sallyport/internal/scenario"
)

// joined are the headers whose copies Envoy joins with a comma before a filter
// sees them.
var joined = strings.Fields(`authorization origin referer content-type accept accept-encoding user-agent via cache-control
	x-request-id x-forwarded-for x-forwarded-proto x-forwarded-host if-match if-none-match if-modified-since content-encoding
	access-control-request-method access-control-request-headers`)

// pairs returns the request headers as Envoy shows them to a filter over
// HTTP/1.1: pseudo-headers first, then the fields as received.
func pairs(req scenario.Request) [][2]string {
	var hosts []string
	for _, h := range req.Headers {
		if h.Name == "host" {
			hosts = append(hosts, h.Value)
		}
	}
	out := [][2]string{{":authority", strings.Join(hosts, ",")}, {":path", req.Target}, {":method", req.Method}, {":scheme", "http"}}
	for _, h := range req.Headers {
		i := slices.IndexFunc(out, func(p [2]string) bool { return p[0] == h.Name })
		switch {
		case h.Name == "host":
		case i >= 0 && slices.Contains(joined, h.Name):
			out[i][1] += "," + h.Value
		default:
			out = append(out, [2]string{h.Name, h.Value})
		}
	}
	if !slices.ContainsFunc(out, func(p [2]string) bool { return p[0] == "x-request-id" }) {
		out = append(out, [2]string{"x-request-id", "6fa0cdd8-86f2-4bd5-b35d-1b1a2b3c4d5e"})
	}
	return out
}

// forwarded returns the request as the upstream sees it.
func forwarded(pairs [][2]string) *scenario.Forwarded {
	f := &scenario.Forwarded{}
	for _, p := range pairs {
		switch p[0] {
		case ":method":
			f.Method = p[1]
		case ":path":
			f.Target = p[1]
		case ":authority":
			f.Headers = append(f.Headers, scenario.Header{Name: "host", Value: p[1]})
		default:
			if !strings.HasPrefix(p[0], ":") {
				f.Headers = append(f.Headers, scenario.Header{Name: p[0], Value: p[1]})
			}
		}
	}
	return f
}
