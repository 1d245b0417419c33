package apikey

import (
	"crypto/sha256"

	"sallyport.dev/sallyport/policy/document"
)

// The bounds of an answer: what a client has is held in memory and sent upstream.
const (
	answerText = 256 // bytes of one name, scope or role
	answerList = 100 // scopes, roles, claims
	answerKeys = 16
)

// recordOverhead is about what a record takes beyond the texts of its answer.
const recordOverhead = 512

// read reads an answer with the status 200: one client as a policy would have
// it. It is compiled by the policy's own rules, because a member that is not
// understood may be what limits the client. nil: it cannot be used.
func (d *directory) read(body []byte, now int64) *record {
	client, err := d.reader.Read(body)
	if err != nil || !withinBounds(client) {
		return nil
	}
	var problems document.Problems
	c := compiler{
		Identity: &Identity{name: d.identity.name, forward: d.identity.forward},
		p:        &problems, told: d.told, digests: map[[sha256.Size]byte]document.Path{}, warning: d.warning,
	}
	c.addClients([]document.Client{*client}, "")
	if problems.Err() != nil || c.slow != nil { // a foreign key has no id to be asked for
		return nil
	}
	return &record{keys: c.keys, at: now, size: len(body) + recordOverhead}
}

// withinBounds tells whether no text and no list of a client is too long.
func withinBounds(c *document.Client) bool {
	if len(c.Scopes) > answerList || len(c.Roles) > answerList || len(c.Claims) > answerList || len(c.Keys) > answerKeys {
		return false
	}
	texts := append([]string{c.ID, c.Tenant, c.Plan}, c.Scopes...)
	texts = append(texts, c.Roles...)
	for name := range c.Claims {
		texts = append(texts, name)
	}
	for i := range c.Keys {
		texts = append(texts, c.Keys[i].ID)
	}
	for _, text := range texts {
		if len(text) > answerText {
			return false
		}
	}
	return true
}
