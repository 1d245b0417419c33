package document

// Body is what a request body may be.
type Body struct {
	Max          Size      `json:"max" doc:"Largest body."`
	ContentTypes []string  `json:"content_types" doc:"Media types that are accepted."`
	JSON         *JSONBody `json:"json" doc:"Bounds of a JSON body. Duplicate members are always refused."`
	Schema       Raw       `json:"schema" doc:"JSON Schema (2020-12) that the body satisfies."`
	AllowFields  []string  `json:"allow_fields" doc:"Members that the body may have; anything else is denied."`
}

// JSONBody bounds a JSON body.
type JSONBody struct {
	MaxDepth   int  `json:"max_depth" default:"20" min:"1" max:"500" doc:"Objects and lists inside one another."`
	MaxMembers int  `json:"max_members" default:"1000" min:"1" max:"1000000" doc:"Members of all objects together."`
	MaxString  Size `json:"max_string" default:"\"16KiB\"" doc:"Longest string."`
}

// Response is what may leave in a response body.
type Response struct {
	AllowFields map[string][]string `json:"allow_fields" doc:"Scope to members that may leave, and default; the rest is taken out."`
	TenantField string              `json:"tenant_field" doc:"Member with an object's tenant: an object of another tenant never leaves."`
	Max         Size                `json:"max" doc:"Largest body that is filtered."`
}

// GraphQL bounds GraphQL operations.
type GraphQL struct {
	MaxDepth      int                `json:"max_depth" min:"1" max:"200" doc:"Fields inside one another."`
	MaxComplexity int64              `json:"max_complexity" min:"1" max:"1000000000" doc:"Cost of an operation."`
	MaxAliases    int                `json:"max_aliases" min:"0" max:"10000" doc:"Aliases of an operation."`
	MaxDirectives int                `json:"max_directives" min:"0" max:"10000" doc:"Directives of an operation."`
	MaxTokens     int                `json:"max_tokens" min:"1" max:"1000000" doc:"Tokens of the query text."`
	MaxBatch      int                `json:"max_batch" default:"1" min:"1" max:"1000" doc:"Operations of one request."`
	Introspection bool               `json:"introspection" default:"false" doc:"Let clients ask for the schema."`
	Operations    []string           `json:"operations" enum:"query,mutation,subscription" doc:"Kinds of operation that are accepted."`
	Fields        map[string]NameSet `json:"fields" doc:"Field (Type.field or Type.*) to the scopes that it needs."`
	Schema        string             `json:"schema" doc:"The schema, in GraphQL's own language."`
}

// GRPC is rules for the methods of a gRPC service.
type GRPC struct {
	Methods map[string]NameSet `json:"methods" required:"true" doc:"Method to the scopes that it needs; others are denied."`
}
