package introspection

import "sallyport.dev/sallyport/policy/guard"

// answerMost bounds an answer, in bytes.
const answerMost = 16 << 10

// call asks about a token (RFC 7662 section 2.1). Requests with the same token
// wait for the same call, which is known by the token's digest.
func (i *Identity) call(token string, sum digest) *guard.Call {
	body := escape(append(make([]byte, 0, len("token=")+3*len(token)+len(i.form)), "token="...), token)
	return &guard.Call{
		Cluster: i.cluster, Method: "POST", Path: i.address.Path, Authority: i.address.Authority, Headers: i.headers,
		Body: append(body, i.form...), Timeout: i.timeout, MaxBody: answerMost, Share: i.name + "\x00" + string(sum[:]),
	}
}

// escape appends a text as application/x-www-form-urlencoded has it (RFC 6749
// appendix B).
func escape(b []byte, text string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '*':
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}
