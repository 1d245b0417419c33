package apikey

import (
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// ExpiresHeader is the response header that tells a caller when its key ends,
// in the days before.
const ExpiresHeader = "x-api-key-expires"

// fixdate is the form of times in headers (RFC 9110 section 5.6.7), in UTC.
const fixdate = "Mon, 02 Jan 2006 15:04:05 GMT"

// expiry is what is said of a key in the days before it ends, made when the
// policy was compiled.
type expiry struct {
	from int64  // Unix nanoseconds: it is said from then on
	date string // for the caller
	time string // for the audit line, as the policy writes it
}

// expiryOf returns nil for a key that never ends, and where nobody is warned.
// Parts of a second are cut off: a caller must not take a key for longer lived
// than it is.
func expiryOf(expires document.Time, warning document.Duration) *expiry {
	if expires == 0 || warning == 0 {
		return nil
	}
	end := time.Unix(0, int64(expires)).UTC()
	return &expiry{from: int64(expires) - int64(warning), date: end.Format(fixdate), time: end.Format(time.RFC3339)}
}

// account counts a request that the key was accepted for, and says when the key
// ends if that is soon.
func (k *key) account(r *guard.Request) {
	if k.metric != 0 {
		r.World.Count(k.metric)
	}
	if k.expiry == nil || r.Now < k.expiry.from {
		return
	}
	r.Caller.KeyExpires = k.expiry.time
	r.Response.Replace(ExpiresHeader, k.expiry.date)
	if k.client.expiring != 0 {
		r.World.Count(k.client.expiring)
	}
}
