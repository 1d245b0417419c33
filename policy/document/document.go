package document

// Document is a whole policy.
type Document struct {
	Schema     string              `json:"$schema" doc:"Where editors find the JSON Schema. Not read."`
	Version    int                 `json:"version" required:"true" min:"1" max:"1" doc:"Version of this format."`
	Host       Host                `json:"host" doc:"What the policy is told of the proxy that runs it."`
	Mode       Mode                `json:"mode" default:"\"enforce\"" enum:"enforce,report" doc:"enforce, or report: decide, log and count, but let pass. What has no route passes only while no route enforces."`
	Hygiene    Hygiene             `json:"hygiene" doc:"What every request must be before it is judged."`
	Identities map[string]Identity `json:"identities" keys:"name" doc:"Who can be calling. A route names one or more."`
	Resource   *Resource           `json:"resource" doc:"What clients are told of where to get tokens: metadata that the filter serves itself (RFC 9728)."`
	Limits     map[string]Limit    `json:"limits" keys:"name" doc:"How often. A route names the limits that apply to it."`
	Stores     map[string]Store    `json:"stores" keys:"name" doc:"Where limits count beyond one proxy. Absent: the proxy's shared data."`
	Headers    *Headers            `json:"headers" doc:"Headers of requests and responses."`
	CORS       *CORS               `json:"cors" doc:"Which foreign web pages may read responses."`
	CSRF       *CSRF               `json:"csrf" doc:"Which web pages may make a browser send requests that change something."`
	Audit      Audit               `json:"audit" doc:"Which decisions are logged."`
	Routes     []Route             `json:"routes" required:"true" doc:"What may be called. The first match wins; no match is 404."`
}

// Mode is what a denial does.
type Mode string

// The modes.
const (
	Enforce Mode = "enforce"
	Report  Mode = "report"
)

// Host is what the policy is told of the proxy.
type Host struct {
	HeadersStopIteration bool `json:"headers_stop_iteration" default:"false" doc:"true where the plugin is loaded with allow_on_headers_stop_iteration (Envoy 1.35 and later)."`
}

// Audit is which decisions are logged.
type Audit struct {
	Log string `json:"log" default:"\"denied\"" enum:"all,denied,none" doc:"all, denied or none."`
}
