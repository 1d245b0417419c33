package scenario

import (
	"net/netip"
	"regexp"
)

// DefaultHost is where a request goes that names no host.
const DefaultHost = "api.example.com"

// Host names what runs a policy.
type Host string

// The hosts.
const (
	Native Host = "native" // package policy behind a fake proxy
	Module Host = "module" // the built module on a Wasm runtime
	Envoy  Host = "envoy"  // the built module in Envoy
)

// Scenario is one file.
type Scenario struct {
	Name   string // of the file, without .txt
	Title  string
	Policy []byte            // JSON, macros replaced but for {time}: see PolicyAt
	Env    map[string]string // never nil
	Keys   map[string]string // never nil; no audit line may hold a value of it
	Steps  []Step

	Service []Answer // of the cluster "service"

	signers signers
	// The lines of the sections, by name.
	proofs, signatures map[string]string
}

// Step is one request, asked Repeat times, and what must happen.
type Step struct {
	Name     string
	Line     int // in the file, 1-based
	Request  Request
	Upstream Upstream
	Repeat   int  // at least 1
	Beside   int  // how many such requests are in flight meanwhile
	Only     Host // empty: every host
	Want     Want
}

// Header is one header field; the name is in lower case.
type Header struct{ Name, Value string }

// Request is what the client sends. Headers hold host (once, unless the step
// wrote it more often), in the order of sending, and no content-length.
type Request struct {
	Method  string
	Target  string // path and query, to be sent as it is
	Headers []Header
	Body    []byte
	From    netip.Addr // the client's address, as the proxy would find it
	HTTP2   bool
}

// Upstream is what the upstream answers.
type Upstream struct {
	Status  int
	Headers []Header
	Body    []byte
}

// Want is what must happen.
type Want struct {
	Status    int
	Headers   []HeaderWant
	Body      *regexp.Regexp // nil: not said
	Forwarded *Forwarded     // nil: nothing may reach the upstream; only Method and Target are set
	Upstream  []HeaderWant   // of the forwarded request
	Code      string         // reason of a denial, or of a reported one; empty: neither
	Reported  bool
	Served    bool   // answered by the filter, and not denied
	Route     string // empty: not said
	Details   string // empty: not said
	Asked     *int   // how often the service was asked; nil: not said
}

// HeaderWant is what must hold of all fields of one name. No Values: the
// header is absent. Else there are as many fields, and each fits its Value.
type HeaderWant struct {
	Name   string
	Values []*regexp.Regexp
}
