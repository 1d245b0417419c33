package hygiene

// maxMethod is longer than any method of the IANA registry.
const maxMethod = 32

// ValidMethod accepts a token (RFC 9110 section 5.6.2) of upper-case letters,
// digits and '-'. Methods are case-sensitive (section 9.1), but some servers
// fold them: a rule for POST must not be missed by "post".
func ValidMethod(method string) bool {
	if method == "" || len(method) > maxMethod {
		return false
	}
	for i := 0; i < len(method); i++ {
		if c := method[i]; !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}
