package apikey

import (
	"maps"
	"slices"
	"strconv"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// maxClaim bounds a claim's value, in bytes: limits hash it for each request.
const maxClaim = 256

// claims are what the policy says of a client. They are shared by all requests
// and never written to.
type claims map[string]string

// Claim implements guard.Claims. A map lies in an interface without a copy.
func (c claims) Claim(name string) (value string, ok bool) {
	value, ok = c[name]
	return value, ok
}

// claims reads the claims of the client at a place; nil without any.
func (c *compiler) claims(d map[string]string, at document.Path) guard.Claims {
	if len(d) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(d)) {
		value, place := d[name], at.Key("claims").Key(name)
		if found, remedy := c.fault("claims", value); found != "" {
			c.p.Add(place, found, remedy)
		}
		if len(value) > maxClaim {
			c.p.Add(place, "has "+strconv.Itoa(len(value))+" bytes", "write "+strconv.Itoa(maxClaim)+" at most")
		}
	}
	return claims(maps.Clone(d))
}
