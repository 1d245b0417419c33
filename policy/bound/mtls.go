package bound

import (
	"crypto/subtle"

	"sallyport.dev/sallyport/policy/guard"
)

// checkCertificate compares the certificate of the connection with the one of a
// token (RFC 8705 section 3). Whether it is valid is the proxy's to check: here
// it stands for its key alone.
func checkCertificate(r *guard.Request, named *print) guard.Verdict {
	sum, shown, err := r.World.PeerCertificate()
	if err != nil {
		return guard.Deny(guard.HostError)
	}
	if !shown || subtle.ConstantTimeCompare(sum[:], named.sum[:]) != 1 {
		return guard.Deny(guard.TokenNotBound)
	}
	return guard.Allow()
}
