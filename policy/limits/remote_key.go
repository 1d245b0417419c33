package limits

import (
	"crypto/sha256"
	"errors"
	"net/netip"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/stores"
)

var errNotTold = errors.New("limits: a part of by that the rate-limit service is not told")

// remoteKey is what a request is counted by in stores: without a seed, so that
// it is the same in every proxy, and of 128 bits of SHA-256, so that nobody
// finds two values of one key, or reads a value from it.
func (c *check) remoteKey(r *guard.Request, l *attached, size *remoteSize, route string) (stores.Key, error) {
	c.everywhere = true
	err := c.identify(r, l, route)
	c.everywhere = false
	if err != nil {
		return stores.Key{}, err
	}
	c.key = append(c.key, size.id...)
	if size.descriptor != nil {
		c.key = append(c.key, r.Caller.Plan...)
	}
	sum := sha256.Sum256(c.key)
	return stores.Key(sum[:16]), nil
}

// entries are what a rate-limit service is told of a request: the limit, what it
// counts by, and the caller's plan. They outlive the request's memory.
func (c *check) entries(r *guard.Request, l *attached, route string) ([]stores.Entry, error) {
	all := make([]stores.Entry, 0, len(l.by)+2)
	tell := func(word, value string) { all = append(all, stores.Tell(word, value, false)) }
	tell("limit", l.name)
	for i := range l.by {
		switch part := &l.by[i]; part.kind {
		case byClient:
			tell("client", r.Caller.Client)
		case byTenant:
			tell("tenant", r.Caller.Tenant)
		case byIP:
			tell("ip", network(c.addr, l.addr)) // remoteKey asked for it
		case byRoute:
			tell("route", route)
		case byMethod:
			tell("method", countedMethod(r.Method))
		case byPath:
			tell("path."+part.name, r.Captures[l.captures[i]])
		case byHeader:
			text, count := headerText(r.Headers, part.name)
			all = append(all, stores.Tell("header."+part.name, text, text == "" && count > 0)) // an empty header is not an absent one
		case byClaim:
			if r.Caller.Claims == nil {
				tell("claim."+part.name, "")
				continue
			}
			text, ok := r.Caller.Claims.Claim(part.name)
			all = append(all, stores.Tell("claim."+part.name, text, text == "" && ok))
		default:
			return nil, errNotTold
		}
	}
	if r.Caller.Plan != "" {
		tell("plan", r.Caller.Plan)
	}
	return all, nil
}

// network is an address, or the network that it is counted by.
func network(a netip.Addr, bits prefix) string {
	length := bits.v6
	if a.Is4() {
		length = bits.v4
	}
	p, err := a.WithZone("").Prefix(length)
	if err != nil {
		return a.String() // no length that a policy can have
	}
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// headerText is all values of a header, and how many there are.
func headerText(headers []guard.Header, name string) (text string, count int) {
	var b strings.Builder
	for i := range headers {
		if headers[i].Name != name {
			continue
		}
		if count++; count == 1 {
			text = headers[i].Value
			continue
		} else if count == 2 {
			b.WriteString(text)
		}
		b.WriteString(", ")
		b.WriteString(headers[i].Value)
	}
	if count > 1 {
		text = b.String()
	}
	return text, count
}
