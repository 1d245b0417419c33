package headers

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

const cspName = "content-security-policy"

// maxCSP bounds the value: proxies and browsers bound what headers have together.
const maxCSP = 8 << 10

// Our own word for a source: a fresh nonce for each response stands there.
const nonceWord = "'nonce'"

// form is what a directive lists.
type form uint8

const (
	sourceForm  form = iota + 1 // where something may come from
	parentForm                  // frame-ancestors: who may frame the page
	sandboxForm                 // what a sandboxed page may do after all
	uriForm                     // report-uri
	tokenForm                   // report-to: the name of an endpoint
	scriptForm                  // require-trusted-types-for
	typesForm                   // trusted-types
	emptyForm                   // nothing
)

// What a list of sources may hold beside 'none', 'self', schemes and hosts.
const (
	inline  = 1 << iota // 'unsafe-inline' and what goes with it
	scripts             // what only scripts do
	nonces
	hashes
)

type directive struct {
	form form
	also uint8
}

// directives are those of CSP3 and of the standards that add to it: Trusted
// Types, Upgrade Insecure Requests, Mixed Content.
var directives = map[string]directive{
	"base-uri": {form: sourceForm}, "child-src": {form: sourceForm}, "connect-src": {form: sourceForm},
	"fenced-frame-src": {form: sourceForm}, "font-src": {form: sourceForm}, "form-action": {form: sourceForm},
	"frame-src": {form: sourceForm}, "img-src": {form: sourceForm}, "manifest-src": {form: sourceForm},
	"media-src": {form: sourceForm}, "object-src": {form: sourceForm}, "prefetch-src": {form: sourceForm}, "worker-src": {form: sourceForm},
	"default-src": {sourceForm, inline | scripts | nonces | hashes}, "script-src": {sourceForm, inline | scripts | nonces | hashes},
	"script-src-elem": {sourceForm, inline | scripts | nonces | hashes}, "script-src-attr": {sourceForm, inline | hashes},
	"style-src": {sourceForm, inline | nonces | hashes}, "style-src-elem": {sourceForm, inline | nonces | hashes},
	"style-src-attr":  {sourceForm, inline | hashes},
	"frame-ancestors": {form: parentForm}, "sandbox": {form: sandboxForm}, "report-uri": {form: uriForm}, "report-to": {form: tokenForm},
	"require-trusted-types-for": {form: scriptForm}, "trusted-types": {form: typesForm},
	"upgrade-insecure-requests": {form: emptyForm}, "block-all-mixed-content": {form: emptyForm},
}

// compileCSP writes the policy down. What is wrong is added to p.
func compileCSP(d map[string]document.Sources, at document.Path, p *document.Problems) string {
	c := cspCompiler{at: at, p: p}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(d)) {
		list = append(list, c.directive(name, d[name]))
	}
	text := strings.Join(list, "; ")
	if len(text) > maxCSP {
		p.Addf(at, "has "+strconv.Itoa(len(text))+" bytes when written down", "keep it within %d", maxCSP)
	}
	return text
}

type cspCompiler struct {
	at document.Path
	p  *document.Problems
}

func (c cspCompiler) directive(name string, sources document.Sources) string {
	of, known := directives[name]
	at := c.at.Key(name)
	if !known {
		c.unknown(name, at)
		return ""
	}
	if !c.count(of.form, len(sources), at) {
		return ""
	}
	seen := map[string]bool{}
	for i, s := range sources {
		where := at.Index(i)
		switch key := strings.ToLower(s); {
		case !c.clean(s, where):
		case seen[key]:
			c.p.Add(where, "is "+strconv.Quote(s)+" again", "write it once")
		case key == "'none'" && len(sources) > 1:
			c.p.Add(where, `is "'none'" beside other sources, which undo it`, `write it alone, or remove it`)
		default:
			seen[key] = true
			c.entry(name, of, s, where)
		}
	}
	c.dynamic(sources, at)
	return strings.Join(append([]string{name}, sources...), " ")
}

func (c cspCompiler) unknown(name string, at document.Path) {
	known := slices.Sorted(maps.Keys(directives))
	if near := document.Nearest(name, known); near != "" {
		c.p.Add(at, "is no directive", "write "+strconv.Quote(near))
		return
	}
	c.p.Add(at, "is no directive", "remove it, or write one of "+strings.Join(known, ", "))
}

// count holds a directive to how much it lists. A list of sources with nothing
// in it means 'none', and says so.
func (c cspCompiler) count(f form, n int, at document.Path) bool {
	switch {
	case f == emptyForm && n > 0:
		c.p.Add(at, "lists something, and takes nothing", "write []")
	case n == 0 && (f == sourceForm || f == parentForm):
		c.p.Add(at, "is empty, which browsers read as 'none'", `write ["'none'"], or leave it out`)
	case n == 0 && (f == uriForm || f == tokenForm || f == scriptForm):
		c.p.Add(at, "is empty", "write at least one entry, or leave it out")
	case n > 1 && (f == tokenForm || f == scriptForm):
		c.p.Add(at, "lists several", "write one")
	default:
		return true
	}
	return false
}

// clean refuses what would not stay one source: ';' ends a directive, ',' a
// policy, a space a source, and a line break the header.
func (c cspCompiler) clean(s string, at document.Path) bool {
	for i := range len(s) {
		if b := s[i]; b <= ' ' || b >= 0x7f || b == ';' || b == ',' {
			c.p.Add(at, "is "+strconv.Quote(s)+", which would not stay one source",
				"write visible ASCII without spaces, ';' and ',' (in addresses %3B and %2C; hosts in punycode); each source is an entry of its own")
			return false
		}
	}
	return s != ""
}

// dynamic: with 'strict-dynamic' hosts and 'self' count for nothing, so that
// without a nonce or a hash no script would run (CSP3 section 8.2).
func (c cspCompiler) dynamic(sources document.Sources, at document.Path) {
	is := func(s string) bool { return strings.EqualFold(s, "'strict-dynamic'") }
	if slices.ContainsFunc(sources, is) && !slices.ContainsFunc(sources, vouches) {
		c.p.Add(at, "has 'strict-dynamic' and neither a nonce nor a hash, so that no script would run", `add "'nonce'" or a hash`)
	}
}

// vouches tells whether a source is a nonce or a hash: with one 'unsafe-inline'
// has no effect.
func vouches(s string) bool { return s == nonceWord || strings.HasPrefix(strings.ToLower(s), "'sha") }
