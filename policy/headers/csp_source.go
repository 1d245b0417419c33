package headers

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// keywords are the sources in single quotes, and what a directive must take for
// them to have an effect.
var keywords = map[string]uint8{
	"none": 0, "self": 0,
	"unsafe-inline": inline, "unsafe-hashes": inline, "report-sample": inline,
	"unsafe-eval": scripts, "wasm-unsafe-eval": scripts, "strict-dynamic": scripts, "inline-speculation-rules": scripts, "trusted-types-eval": scripts,
	"nonce": nonces,
}

// digests are the lengths of what hashes make, in bytes.
var digests = map[string]int{"sha256": 32, "sha384": 48, "sha512": 64}

// bare are schemes that are written without their colon by mistake: no host has
// such a name.
var bare = []string{"blob", "data", "filesystem", "ftp", "http", "https", "mediastream", "ws", "wss"}

var sandbox = []string{
	"allow-downloads", "allow-forms", "allow-modals", "allow-orientation-lock", "allow-pointer-lock", "allow-popups",
	"allow-popups-to-escape-sandbox", "allow-presentation", "allow-same-origin", "allow-scripts",
	"allow-storage-access-by-user-activation", "allow-top-navigation", "allow-top-navigation-by-user-activation",
	"allow-top-navigation-to-custom-protocols",
}

// entry judges one entry of a directive.
func (c cspCompiler) entry(name string, of directive, s string, at document.Path) {
	switch of.form {
	case sourceForm, parentForm:
		c.source(name, of, s, at)
	case sandboxForm:
		c.sandboxed(s, at)
	case uriForm:
		if strings.ContainsAny(s, "'\"<>\\^`{|}") || !strings.HasPrefix(s, "/") && !strings.HasPrefix(strings.ToLower(s), "https://") && !strings.HasPrefix(strings.ToLower(s), "http://") {
			c.wrong(s, "which is no address", `write one such as "/reports" or "https://reports.example.com/csp"`, at)
		}
	case tokenForm:
		if !token(s) {
			c.wrong(s, "which is not the name of an endpoint", `write a name that the header reporting-endpoints defines`, at)
		}
	case scriptForm:
		if s != "'script'" {
			c.wrong(s, "which nobody knows here", `write "'script'"`, at)
		}
	case typesForm:
		c.trustedType(s, at)
	case emptyForm: // count has refused it
	}
}

func (c cspCompiler) wrong(s, found, remedy string, at document.Path) {
	c.p.Add(at, "is "+strconv.Quote(s)+", "+found, remedy)
}

func (c cspCompiler) sandboxed(s string, at document.Path) {
	if slices.Contains(sandbox, s) {
		return
	}
	remedy := "write one of " + strings.Join(sandbox, ", ")
	if near := document.Nearest(s, sandbox); near != "" {
		remedy = "write " + strconv.Quote(near)
	}
	c.wrong(s, "which allows nothing that is known", remedy, at)
}

func (c cspCompiler) trustedType(s string, at document.Path) {
	word := strings.Trim(s, "'")
	quoted := word != s
	if keyword := word == "none" || word == "allow-duplicates"; keyword != quoted || !keyword && s != "*" && !typeName(s) {
		c.wrong(s, "which is not the name of a policy", `write a name, "*", "'allow-duplicates'" or "'none'"`, at)
	}
}

// typeName holds to tt-policy-name of the Trusted Types.
func typeName(s string) bool {
	return !strings.ContainsFunc(s, func(b rune) bool { return !letterOrDigit(b) && !strings.ContainsRune("-#=_/@.%", b) })
}

// source judges where something may come from.
func (c cspCompiler) source(name string, of directive, s string, at document.Path) {
	word := strings.Trim(s, "'")
	lower := strings.ToLower(word)
	quoted := len(s) == len(word)+2 && s[0] == '\'' && s[len(s)-1] == '\''
	needs, keyword := keywords[lower]
	kind, value, dashed := strings.Cut(word, "-")
	kind = strings.ToLower(kind)
	switch {
	case dashed && kind == "nonce":
		c.wrong(s, "which is the same in every response, so that an attacker knows it", `write "'nonce'": a fresh one stands there in each`, at)
	case dashed && digests[kind] > 0:
		c.hash(s, kind, value, quoted, at)
		c.effect(name, of, s, hashes, at)
	case lower == "nonce" && quoted && s != nonceWord:
		c.wrong(s, "which is not our word for a nonce", `write "'nonce'"`, at)
	case keyword && !quoted:
		c.wrong(s, "which browsers take for a host", "write "+strconv.Quote("'"+lower+"'")+", in single quotes", at)
	case keyword:
		c.effect(name, of, s, needs, at)
	case quoted || word != s:
		c.quoted(s, word, at)
	default:
		c.place(s, lower, at)
	}
}

// effect refuses a keyword where browsers pass over it.
func (c cspCompiler) effect(name string, of directive, s string, needs uint8, at document.Path) {
	if of.also&needs == needs {
		return
	}
	c.wrong(s, "which has no effect in "+name, "remove it", at)
}

func (c cspCompiler) hash(s, kind, value string, quoted bool, at document.Path) {
	sum, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		sum, err = base64.URLEncoding.DecodeString(value)
	}
	switch {
	case !quoted:
		c.wrong(s, "which browsers take for a host", "write "+strconv.Quote("'"+strings.Trim(s, "'")+"'")+", in single quotes", at)
	case err != nil || len(sum) != digests[kind]:
		c.wrong(s, "which is no "+kind+" in base64", "write the digest of the script, with its padding", at)
	}
}

// quoted: single quotes stand around words alone.
func (c cspCompiler) quoted(s, word string, at document.Path) {
	known := slices.Sorted(maps.Keys(keywords))
	if near := document.Nearest(word, known); near != "" {
		c.wrong(s, "which nobody knows", "write "+strconv.Quote("'"+near+"'"), at)
		return
	}
	c.wrong(s, "which is no word that stands in single quotes", "take the quotes away from a host or a scheme, or write one of '"+strings.Join(known, "', '")+"'", at)
}

// place judges a scheme or a host (CSP3 section 2.3.1).
func (c cspCompiler) place(s, lower string, at document.Path) {
	const example = `write a host such as "cdn.example.com", "*.example.com" or "https://cdn.example.com/lib/", a scheme such as "https:", or "*"`
	scheme, rest, hasScheme := strings.Cut(s, "://")
	switch {
	case slices.Contains(bare, lower):
		c.wrong(s, "which browsers take for a host", "write "+strconv.Quote(lower+":"), at)
	case strings.HasSuffix(s, ":"):
		if !schemeName(s[:len(s)-1]) {
			c.wrong(s, "which is no scheme", example, at)
		}
	case strings.ContainsAny(s, "?#"):
		c.wrong(s, "which has a query or a fragment, and none is compared", "end it behind the path", at)
	case hasScheme && !schemeName(scheme):
		c.wrong(s, "whose scheme is none", example, at)
	case hasScheme && !hostSource(rest), !hasScheme && !hostSource(s):
		c.wrong(s, "which is neither a host nor a scheme", example, at)
	}
}

// hostSource holds to host-part, port-part and path-part, but for a single quote
// in a path, which is nobody's.
func hostSource(s string) bool {
	host, path, _ := strings.Cut(s, "/")
	host, port, hasPort := strings.Cut(host, ":")
	if hasPort && port != "*" && !digitsOnly(port) {
		return false
	}
	if strings.ContainsFunc(path, func(b rune) bool { return !letterOrDigit(b) && !strings.ContainsRune("-._~!$&()*+=:@%/", b) }) {
		return false
	}
	if host == "*" {
		return true
	}
	for label := range strings.SplitSeq(strings.TrimPrefix(host, "*."), ".") {
		if label == "" || strings.ContainsFunc(label, func(b rune) bool { return !letterOrDigit(b) && b != '-' && b != '_' }) {
			return false
		}
	}
	return true
}

func schemeName(s string) bool {
	return s != "" && letterOrDigit(rune(s[0])) && !digitsOnly(s[:1]) &&
		!strings.ContainsFunc(s, func(b rune) bool { return !letterOrDigit(b) && !strings.ContainsRune("+-.", b) })
}

func digitsOnly(s string) bool {
	return s != "" && len(s) <= 5 && !strings.ContainsFunc(s, func(b rune) bool { return b < '0' || b > '9' })
}

func letterOrDigit(b rune) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}
