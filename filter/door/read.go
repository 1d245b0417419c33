package door

import (
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

// read fills the request from the proxy.
func (s *stream) read() guard.Reason {
	now, err := s.host.Now()
	if err != nil {
		return guard.HostError
	}
	pairs, err := s.host.HeaderPairs(proxywasm.RequestHeaders)
	if err != nil {
		return guard.HostError
	}
	if s.plugin.waits { // the proxy's memory is gone when the request goes on
		s.pairs = append(s.pairs[:0], pairs...)
		pairs = s.pairs
	}
	var p proxywasm.Pairs
	if !p.Open(pairs) {
		return guard.HostError
	}
	s.req.Now = now
	headers := s.req.Headers[:0]
	for {
		name, value, ok := p.Next()
		if !ok {
			break
		}
		if name == "" || name[0] != ':' {
			headers = append(headers, guard.Header{Name: name, Value: value})
		} else if !s.pseudo(name, value) {
			s.req.Headers = headers
			return guard.BadHeader
		}
	}
	s.req.Headers = headers
	if !p.Sound() {
		return guard.HostError
	}
	return guard.Allowed
}

// pseudo takes a pseudo-header; one that is unknown or repeated is refused.
func (s *stream) pseudo(name, value string) bool {
	var known string
	var to *string
	if len(name) < 2 {
		return false
	}
	switch name[1] { // no two begin alike, but for :protocol
	case 'm':
		known, to = ":method", &s.req.Method
	case 'p':
		known, to = ":path", &s.req.Target
	case 'a':
		known, to = ":authority", &s.req.Authority
	case 's':
		known, to = ":scheme", &s.req.Scheme
	}
	if name != known {
		return name == ":protocol" // extended CONNECT (RFC 8441); routing does not read it
	}
	if *to != "" {
		return false
	}
	*to = value
	return true
}
