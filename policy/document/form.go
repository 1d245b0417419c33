package document

import "strings"

// Form is what a string must look like. The schema takes Pattern, the decoder
// takes matches: regular expressions are not linked into the module.
type Form struct {
	Words   string // "lower-case letters, …": continues "write"
	Pattern string // the same as a regular expression
	matches func(string) bool
}

// Forms is every form that a tag can name. It is never written to.
var Forms = map[string]*Form{
	"name": {
		Words:   "a name of lower-case letters, digits, '-' and '_', up to 63 of them, that starts with a letter or digit",
		Pattern: `^[a-z0-9][a-z0-9_-]{0,62}$`,
		matches: isName,
	},
	"claim": {
		Words:   "a name of up to 128 visible ASCII characters",
		Pattern: `^[!-~]{1,128}$`,
		matches: isClaim,
	},
	"method": {
		Words:   `a method in upper case such as "GET"`,
		Pattern: `^[A-Z][A-Z0-9-]{0,31}$`,
		matches: isMethod,
	},
	"sha256": {
		Words:   "64 hexadecimal digits, as sallyport key new prints them",
		Pattern: `^[0-9a-fA-F]{64}$`,
		matches: isDigest,
	},
	"bcrypt": {
		Words:   "a digest such as $2b$10$… (60 characters, $2a$, $2b$ or $2y$) of cost 04 to 12: a dearer one holds up all requests of a worker for more than a fifth of a second",
		Pattern: `^\$2[aby]\$(?:0[4-9]|1[0-2])\$[./0-9A-Za-z]{53}$`,
		matches: isBcrypt,
	},
	"start": {
		Words:   "1 to 32 characters of visible ASCII, such as \"sk_old_\"",
		Pattern: `^[!-~]{1,32}$`,
		matches: isStart,
	},
	"offset": {
		Words:   "an offset from -12:00 to +14:00, such as +02:00, and +00:00 for UTC",
		Pattern: `^(?:\+(?:0[0-9]|1[0-3]):[0-5][0-9]|\+14:00|-00:(?:0[1-9]|[1-5][0-9])|-(?:0[1-9]|1[01]):[0-5][0-9]|-12:00)$`,
		matches: isOffset,
	},
	"by": {
		Words:   "client, tenant, ip, ip/24, ip/56, route, method, path.NAME, header.NAME or claim.NAME",
		Pattern: `^(?:client|tenant|ip|ip/[1-9][0-9]{0,2}|route|method|(?:path|header)\..+|claim\.[A-Za-z0-9_.:/-]{1,128})$`,
		matches: isBy,
	},
}

func isName(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && s[0] != '_' && every(s, func(c byte) bool {
		return c >= 'a' && c <= 'z' || isDigit(c) || c == '-' || c == '_'
	})
}

func isClaim(s string) bool {
	return s != "" && len(s) <= 128 && every(s, func(c byte) bool { return c > ' ' && c <= '~' })
}

func isMethod(s string) bool {
	return s != "" && len(s) <= 32 && s[0] >= 'A' && s[0] <= 'Z' && every(s, func(c byte) bool {
		return c >= 'A' && c <= 'Z' || isDigit(c) || c == '-'
	})
}

func isDigest(s string) bool {
	return len(s) == 64 && every(s, func(c byte) bool {
		return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
	})
}

func isBcrypt(s string) bool {
	if len(s) != 60 || s[:2] != "$2" || s[3] != '$' || s[6] != '$' || s[2] != 'a' && s[2] != 'b' && s[2] != 'y' {
		return false
	}
	cost := s[4:6]
	return isDigit(cost[0]) && isDigit(cost[1]) && cost >= "04" && cost <= "12" &&
		every(s[7:], func(c byte) bool { return isAlphanumeric(c) || c == '.' || c == '/' })
}

func isStart(s string) bool {
	return s != "" && len(s) <= 32 && every(s, func(c byte) bool { return c > ' ' && c <= '~' })
}

func isOffset(s string) bool {
	_, ok := ParseOffset(s)
	return ok
}

func isBy(s string) bool {
	switch s {
	case "client", "tenant", "ip", "route", "method":
		return true
	}
	if bits, ok := strings.CutPrefix(s, "ip/"); ok {
		return len(bits) >= 1 && len(bits) <= 3 && bits[0] != '0' && every(bits, isDigit)
	}
	kind, name, ok := strings.Cut(s, ".")
	switch {
	case !ok || name == "" || strings.Contains(name, "\n"):
		return false
	case kind == "claim":
		return IsClaimName(name)
	}
	return kind == "path" || kind == "header"
}

// IsClaimName tells whether limits can count by a claim of that name.
func IsClaimName(s string) bool {
	return s != "" && len(s) <= 128 && every(s, func(c byte) bool {
		return isAlphanumeric(c) || c == '_' || c == '-' || c == '.' || c == ':' || c == '/'
	})
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func every(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

// Matches tells whether a text has the form.
func (f *Form) Matches(text string) bool { return f.matches(text) }
