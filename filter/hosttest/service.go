package hosttest

import (
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/internal/scenario"
)

// Service is the service of a scenario, for Host.Serve. A call to another
// cluster is answered as one that has no connection.
func Service(answers []scenario.Answer) func(proxywasm.HTTPCall) Served {
	return func(c proxywasm.HTTPCall) Served {
		if c.Cluster != scenario.ServiceCluster {
			return Served{Status: 503}
		}
		method, target := "", ""
		for _, h := range c.Headers {
			switch h[0] {
			case ":method":
				method = h[1]
			case ":path":
				target = h[1]
			}
		}
		up := scenario.Serve(answers, method, target, c.Body)
		s := Served{Status: up.Status, Body: string(up.Body)}
		for _, h := range up.Headers {
			s.Headers = append(s.Headers, [2]string{h.Name, h.Value})
		}
		return s
	}
}
