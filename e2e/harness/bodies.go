package harness

import "encoding/json"

// bufferSize is how much of a body Envoy's buffer filter takes where a listener does not say.
const bufferSize = 16 << 20

// holding is by what the headers of a request wait until its body is judged.
type holding struct {
	stops  bool // the plugin is loaded with allow_on_headers_stop_iteration
	buffer int  // max_request_bytes of a buffer filter directly behind the plugin; 0: none
}

// holding follows the policy, as an operator would: it says that the plugin holds headers, or has guards that read bodies.
// What is no policy has neither.
func (l Listener) holding() holding {
	var p struct {
		Host struct {
			Holds bool `json:"headers_stop_iteration"`
		}
		Routes []struct{ Webhook, Sign json.RawMessage }
	}
	h := holding{l.StopIteration, l.Buffer}
	if json.Unmarshal(l.Policy, &p) != nil {
		return h
	}
	h.stops = h.stops || p.Host.Holds
	for _, r := range p.Routes {
		if h.buffer == 0 && !h.stops && (r.Webhook != nil || r.Sign != nil) {
			h.buffer = bufferSize
		}
	}
	return h
}

// buffer is Envoy's filter that waits for the whole body before it lets the headers go on.
func buffer(size int) object {
	return object{"name": "buffer", "typed_config": object{"@type": typePrefix + "filters.http.buffer.v3.Buffer", "max_request_bytes": size}}
}
