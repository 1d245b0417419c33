package document

// Route is one thing that may be called.
type Route struct {
	Name          string       `json:"name" required:"true" form:"name" doc:"Unique; lower-case letters, digits, '-' and '_'. Stands in metrics, logs and denials."`
	Hosts         []string     `json:"hosts" doc:"Host names, or *.example.com for any subdomain. Absent: any host."`
	Path          string       `json:"path" required:"true" doc:"Literal segments, {name}, * (one segment), ** (the rest, last only)."`
	Methods       []string     `json:"methods" form:"method" doc:"Absent: any method. GET includes HEAD."`
	Mode          Mode         `json:"mode" enum:"enforce,report" doc:"Overrides the document's mode."`
	Public        bool         `json:"public" default:"false" doc:"Let anybody call. A route is public, or names identities."`
	Identities    []string     `json:"identities" doc:"Who may call: any of these."`
	Anonymous     bool         `json:"anonymous" default:"false" doc:"Beside identities: a request without a credential passes too, one with a bad credential never."`
	AllIdentities bool         `json:"all_identities" default:"false" later:"true" doc:"A caller needs every identity of the list, not any."`
	Scopes        *Requirement `json:"scopes" doc:"Scopes that the caller needs: a list (all of them), {\"any\": [...]}, or either by method."`
	Roles         *Requirement `json:"roles" doc:"Roles that the caller needs, in the same forms."`
	Tenant        string       `json:"tenant" later:"true" doc:"What must equal the caller's tenant: path.NAME, header.NAME or query.NAME."`
	Allow         string       `json:"allow" later:"true" doc:"Attribute rule; must be true."`
	Limits        []RouteLimit `json:"limits" doc:"Limits that apply: by name, or with a cost of the route's own, {\"limit\": name, \"cost\": 20}."`
	Timeout       Duration     `json:"timeout" doc:"How long the upstream may take (x-envoy-upstream-rq-timeout-ms)."`
	CORS          *RouteCORS   `json:"cors" doc:"Overrides the document's: a section as there, or \"none\"."`
	CSRF          *RouteCSRF   `json:"csrf" doc:"Overrides the document's: a section as there, or \"none\"."`
	Webhook       *Webhook     `json:"webhook" doc:"The caller is known by the signature of a webhook."`
	Sign          *Sign        `json:"sign" doc:"Sign what leaves, as a webhook."`
	Body          *Body        `json:"body" later:"true" doc:"What a request body may be."`
	Response      *Response    `json:"response" later:"true" doc:"What may leave in a response body."`
	GraphQL       *GraphQL     `json:"graphql" later:"true" doc:"Bounds of GraphQL operations."`
	GRPC          *GRPC        `json:"grpc" later:"true" doc:"Rules for the methods of a gRPC service."`
	Version       *Version     `json:"version" doc:"The life of this version of the API."`
}

// Version is the life of one version of an API.
type Version struct {
	Deprecated    Time       `json:"deprecated" required:"true" doc:"Deprecated from then on (RFC 9745)."`
	Sunset        Time       `json:"sunset" doc:"Gone from then on (RFC 8594)."`
	Retire        bool       `json:"retire" default:"false" with:"sunset" doc:"Answer 410 after the sunset."`
	Successor     string     `json:"successor" doc:"Where the next version is."`
	Documentation string     `json:"documentation" doc:"Where this is explained."`
	BrownOuts     []BrownOut `json:"brown_outs" doc:"Planned times before the sunset at which the version answers 410, so that who still calls it notices."`
}

// BrownOut is a planned time at which a deprecated version does not answer.
type BrownOut struct {
	From  Time `json:"from" required:"true" doc:"When it begins."`
	Until Time `json:"until" required:"true" doc:"When it ends; at most a day later."`
}
