package document

// Hygiene bounds what a client can make grow, and settles what is ambiguous.
type Hygiene struct {
	MaxHeaders          int  `json:"max_headers" default:"100" min:"5" max:"1000" doc:"Header fields of a request, pseudo-headers included."`
	MaxHeaderSize       Size `json:"max_header_size" default:"\"16KiB\"" doc:"Name and value of one header field."`
	MaxHeadersSize      Size `json:"max_headers_size" default:"\"60KiB\"" doc:"Names and values of all header fields together."`
	MaxPathSize         Size `json:"max_path_size" default:"\"8KiB\"" doc:"Path and query."`
	AllowPathParameters bool `json:"allow_path_parameters" default:"false" doc:"Let ';' stand in a path. Some servers cut a segment there, others do not."`
}
