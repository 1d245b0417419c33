package document

// Resource is the API as clients of OAuth know it (RFC 9728).
type Resource struct {
	Identifier           string   `json:"identifier" required:"true" doc:"The API's address as its clients know it, such as https://api.example.com: the resource that they ask a token for."`
	AuthorizationServers []string `json:"authorization_servers" doc:"Issuers that clients can get tokens from. Absent: the issuers of the identities."`
	ScopesSupported      []string `json:"scopes_supported" doc:"Scopes that clients are told of. Absent: none; what routes need is not told."`
	Name                 string   `json:"name" doc:"The API's name for people."`
	Documentation        string   `json:"documentation" doc:"Address of a page for people who write clients."`
}
