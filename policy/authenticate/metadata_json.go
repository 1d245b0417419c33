package authenticate

import (
	"github.com/go-json-experiment/json/jsontext"

	"sallyport.dev/sallyport/policy/document"
)

// metadata returns the document (RFC 9728 section 2).
func metadata(d *document.Resource, servers, methods []string, bound Binding) string {
	b := member([]byte("{"), "resource", d.Identifier)
	b = list(b, "authorization_servers", servers)
	b = list(b, "scopes_supported", d.ScopesSupported)
	b = list(b, "bearer_methods_supported", methods)
	b = member(b, "resource_name", d.Name)
	b = member(b, "resource_documentation", d.Documentation)
	b = yes(b, "tls_client_certificate_bound_access_tokens", bound.Certificates)
	b = list(b, "dpop_signing_alg_values_supported", bound.Proofs)
	b = yes(b, "dpop_bound_access_tokens_required", bound.Demanded)
	return string(append(b, "}\n"...))
}

func name(b []byte, name string) []byte {
	if len(b) > 1 {
		b = append(b, ',')
	}
	return append(quote(b, name), ':')
}

// yes adds what is true; false is what its absence says.
func yes(b []byte, key string, value bool) []byte {
	if !value {
		return b
	}
	return append(name(b, key), "true"...)
}

func member(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	return quote(name(b, key), value)
}

func list(b []byte, key string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(name(b, key), '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(b, v)
	}
	return append(b, ']')
}

// quote appends a text of the policy, which is UTF-8, as a JSON string.
func quote(b []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(b, s)
	if err != nil {
		return append(b, `""`...)
	}
	return quoted
}
