package limits

import (
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// kind is what a part of `by` tells apart. Its value is the part's tag in what
// is hashed.
type kind byte

const (
	byClient kind = iota + 1
	byTenant
	byIP
	byRoute
	byMethod
	byPath
	byHeader
	byPlan // is not written in by: see sizeID
	byClaim
)

// part is one element of `by`.
type part struct {
	kind kind
	name string // of the capture, the claim or, in lower case, the header
	at   document.Path
}

// prefix is how many bits of an address tell callers apart.
type prefix struct{ v4, v6 int }

// wholeV6 is how much of an IPv6 address counts: a customer owns a /64 (RFC
// 6177, RFC 7421) and can call from each of its addresses.
const (
	wholeV4 = 32
	wholeV6 = 64
	bitsV6  = 128
)

// maxParts bounds `by`: each part is hashed for each request.
const maxParts = 16

const byWords = "write any of client, tenant, ip, ip/24, ip/56, route, method, path.NAME, header.NAME or claim.NAME"

// plainKinds are the parts that are one word.
var plainKinds = map[string]kind{"client": byClient, "tenant": byTenant, "ip": byIP, "route": byRoute, "method": byMethod}

// compileBy reads the list. All parts that name an address become one.
func compileBy(by []string, at document.Path, p *document.Problems) (parts []part, addr prefix) {
	addresses := addresses{prefix: prefix{wholeV4, wholeV6}}
	if len(by) > maxParts {
		p.Add(at, "has "+strconv.Itoa(len(by))+" parts", "write "+strconv.Itoa(maxParts)+" at most")
		by = by[:maxParts]
	}
	for i, text := range by {
		where := at.Index(i)
		if slices.Contains(by[:i], text) {
			p.Add(where, "repeats "+strconv.Quote(text), "write it once")
			continue
		}
		part, ok := parsePart(text)
		part.at = where
		found, remedy := unusableHeader(text)
		switch {
		case found != "":
			p.Add(where, "is "+strconv.Quote(text)+", "+found, remedy)
		case !ok:
			p.Add(where, "is "+strconv.Quote(text), byWords)
		case part.kind != byIP:
			parts = append(parts, part)
		case addresses.add(text, where, p):
			parts = append(parts, part)
		}
	}
	if len(by) == 0 {
		p.Add(at, "is empty", byWords)
	}
	return parts, addresses.prefix
}

func parsePart(text string) (part, bool) {
	if k, ok := plainKinds[text]; ok {
		return part{kind: k}, true
	}
	if strings.HasPrefix(text, "ip/") {
		return part{kind: byIP}, true
	}
	source, name, _ := strings.Cut(text, ".")
	switch {
	case source == "path" && name != "":
		return part{kind: byPath, name: name}, true
	case source == "header" && isToken(name):
		return part{kind: byHeader, name: strings.ToLower(name)}, true
	case source == "claim" && document.IsClaimName(name):
		return part{kind: byClaim, name: name}, true
	}
	return part{}, false
}

// isToken tells whether a name can be a header's (RFC 9110 section 5.6.2).
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c < 0x80 && strings.ContainsRune("!#$%&'*+-.^_`|~", c))
	})
}

// addresses collects ip, ip/N of IPv4 and ip/N of IPv6.
type addresses struct {
	prefix
	any, v4, v6 string // what was written for both, for IPv4 and for IPv6
}

// add reads one of them and tells whether it is the first.
func (a *addresses) add(text string, where document.Path, p *document.Problems) (first bool) {
	first = a.any+a.v4+a.v6 == ""
	length, cut := strings.CutPrefix(text, "ip/")
	n, err := strconv.Atoi(length)
	family := &a.any
	switch {
	case !cut:
	case err != nil || n < 1 || n > bitsV6 || strconv.Itoa(n) != length:
		p.Add(where, "is "+strconv.Quote(text), "write ip/1 to ip/32 to cut IPv4 addresses, ip/33 to ip/128 to cut IPv6 addresses")
		return false
	case n <= wholeV4:
		a.prefix.v4, family = n, &a.v4
	default:
		a.prefix.v6, family = n, &a.v6
	}
	if other := a.contradicts(family); other != "" {
		p.Add(where, "is "+strconv.Quote(text)+" beside "+strconv.Quote(other), "write ip alone, or one length for IPv4 and one for IPv6")
	}
	*family = text
	return first
}

// contradicts returns what was written already for the same addresses.
func (a *addresses) contradicts(family *string) string {
	if family == &a.any {
		return a.v4 + a.v6
	}
	return *family + a.any
}
