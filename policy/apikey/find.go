package apikey

import (
	"sallyport.dev/sallyport/policy/apikey/keyformat"
	"sallyport.dev/sallyport/policy/guard"
)

// find returns the key that a credential is; text and raw are the same. Without
// a key the verdict denies: as KeyUnknown or KeyMalformed when the credential is
// none of the identity's, else because that cannot be found out now.
//
// It may suspend the request. raw is not valid behind that.
func (i *Identity) find(text string, raw []byte, r *guard.Request, c *Cache) (*key, guard.Verdict) {
	var form keyformat.Key
	if i.prefix != "" {
		var err error
		if form, err = keyformat.Parse(i.prefix, text); err != nil {
			return i.findSlow(text, raw, r.Now, c)
		}
	}
	m := c.memory(i)
	if i.directory != nil {
		if k := m.answers.verified(i.directory, form.ID, raw, r.Now); k != nil {
			return k, guard.Allow() // it was none of the policy's when it was asked for
		}
	}
	digest := Digest(raw, i.pepper)
	if k := i.lookup(digest); k != nil {
		return c.keep(i, raw, k, r.Now), guard.Allow()
	}
	switch {
	case i.directory != nil:
		return i.directory.find(query{form.ID, digest, raw}, r, m.answers)
	case i.prefix == "":
		if k, v := i.findSlow(text, raw, r.Now, c); v.Reason != guard.KeyMalformed {
			return k, v
		}
	}
	return nil, guard.Deny(guard.KeyUnknown)
}

// findSlow looks for a key of which the policy has a bcrypt digest. In an
// identity with a prefix these are the texts that are no key of its form: the
// keys of another system, which go on until each is replaced.
func (i *Identity) findSlow(text string, raw []byte, now int64, c *Cache) (*key, guard.Verdict) {
	if i.slow == nil {
		return nil, guard.Deny(guard.KeyMalformed)
	}
	k, v := c.memory(i).checks.find(i.slow, text, raw, now)
	if k != nil {
		c.keep(i, raw, k, now)
	}
	return k, v
}

// keep remembers a key that may be used now.
func (c *Cache) keep(i *Identity, raw []byte, k *key, now int64) *key {
	if k.usable(now) == guard.Allowed {
		c.put(i, raw, k)
	}
	return k
}
