package apikey

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sort"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/apikey/keyformat"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// MinPepper is the least length of a pepper, in bytes. One that can be guessed
// protects nothing when the digests are stolen.
const MinPepper = 16

// compiler carries what the parts of one identity share.
type compiler struct {
	*Identity
	p       *document.Problems
	told    map[string]bool                     // attributes that are forwarded
	digests map[[sha256.Size]byte]document.Path // the key that has each digest
	warning document.Duration
}

// Compile reads one api_key identity of the document; at is the place of its
// section. secret resolves a secret, and reports what is wrong with it and
// returns nil. What is wrong is added to p; the Identity must not be used then,
// but is never nil. A key that has expired already is no problem: it may go
// when its owner has looked for it.
func Compile(name string, d document.APIKey, at document.Path, secret func(document.Secret, document.Path) []byte, p *document.Problems) *Identity {
	c := compiler{
		Identity: &Identity{name: name, place: at, sources: credential.Compile(d.From, defaultSource, at.Key("from"), p)},
		p:        p,
		told:     map[string]bool{},
		digests:  make(map[[sha256.Size]byte]document.Path, len(d.Clients)),
		warning:  d.ExpiryWarning,
	}
	c.setPrefix(d.Prefix, at.Key("prefix"))
	if d.Pepper != nil {
		c.setPepper(secret(*d.Pepper, at.Key("pepper")), at.Key("pepper"))
	}
	if d.Forward != nil {
		c.forwardKey = d.Forward.Key
		c.forward = compileForward(d.Forward.Headers, c.sources, at.Key("forward").Key("headers"), p)
	}
	for _, f := range c.forward {
		c.told[f.attribute] = true
	}
	if d.Directory != nil {
		c.directory = c.compileDirectory(d.Directory, at.Key("directory"), secret)
	} else if len(d.Clients) == 0 {
		p.Add(at, "knows nobody", `write "clients": [...], or a "directory" that is asked`)
	}
	c.addClients(d.Clients, at.Key("clients"))
	c.finishBcrypt(d.BcryptRate)
	c.sort()
	return c.Identity
}

func (c *compiler) setPrefix(prefix string, at document.Path) {
	if prefix != "" && !keyformat.ValidPrefix(prefix) {
		c.p.Add(at, "is "+quote(prefix), `write a lower-case letter, then up to 30 of a-z, 0-9 and '_', then '_', such as "sk_live_"`)
	}
	c.prefix = prefix
}

// setPepper takes the resolved pepper; nil was reported already.
func (c *compiler) setPepper(pepper []byte, at document.Path) {
	if pepper != nil && len(pepper) < MinPepper {
		c.p.Addf(at, "has "+strconv.Itoa(len(pepper))+" bytes", "write a random secret of at least %d, for example from: openssl rand -base64 32", MinPepper)
	}
	c.pepper = pepper
}

func (c *compiler) addClients(clients []document.Client, at document.Path) {
	total := 0
	for i := range clients {
		total += len(clients[i].Keys)
	}
	c.keys = make([]key, 0, total)
	first := make(map[string]int, len(clients))
	for i := range clients {
		d, place := &clients[i], at.Index(i)
		if j, taken := first[d.ID]; taken && d.ID != "" {
			c.p.Add(place.Key("id"), "is "+quote(d.ID)+", the id of "+string(at.Index(j))+" too", "put all keys of a client under one entry")
		} else {
			first[d.ID] = i
		}
		c.addKeys(c.client(d, place), d.Keys, place.Key("keys"))
	}
}

// client reads one client without its keys. Any status but active is closed.
func (c *compiler) client(d *document.Client, at document.Path) *client {
	c.text("client", d.ID, at, "id")
	c.text("tenant", d.Tenant, at, "tenant")
	c.text("plan", d.Plan, at, "plan")
	for i, scope := range d.Scopes {
		if !credential.IsVisible(scope) || strings.ContainsAny(scope, `"\`) {
			c.p.Add(at.Key("scopes").Index(i), "is "+quote(scope)+", which is no scope", "write visible ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3)")
		}
	}
	for i, role := range d.Roles {
		if found, remedy := c.fault("roles", role); found != "" {
			c.p.Add(at.Key("roles").Index(i), found, remedy)
		}
	}
	out := &client{
		suspended: d.Status != "" && d.Status != "active",
		caller: guard.Caller{
			Identity: c.name, Client: d.ID, Tenant: d.Tenant, Plan: d.Plan,
			Scopes: slices.Clip(slices.Clone(d.Scopes)), Roles: slices.Clip(slices.Clone(d.Roles)),
			Claims: c.claims(d.Claims, at),
		},
	}
	for _, f := range c.forward {
		value := ""
		if of := attributes[f.attribute]; of != nil {
			value = of(out.caller)
		}
		out.values = append(out.values, value)
	}
	return out
}

// text checks a member that stands in logs and, where it is forwarded, in a
// header. at is the object that has the member: with 10,000 clients a place is
// put together only for what is wrong.
func (c *compiler) text(attribute, value string, at document.Path, member string) {
	if found, remedy := c.fault(attribute, value); found != "" {
		c.p.Add(at.Key(member), found, remedy)
	}
}

// fault says what is wrong with a value: CR and LF in a header would begin one
// of their own, and a comma or a space a value of its own.
func (c *compiler) fault(attribute, value string) (found, remedy string) {
	switch {
	case hasControl(value):
		return "is " + quote(value) + ", with a control character", "remove it"
	case c.told[attribute] && (!credential.IsVisible(value) || strings.Contains(value, ",")):
		return "is " + quote(value) + ", which a forwarded header cannot carry unambiguously", "write visible ASCII without spaces and commas"
	}
	return "", ""
}

func (c *compiler) addKeys(owner *client, keys []document.Key, at document.Path) {
	first := make(map[string]int, len(keys))
	for i := range keys {
		d, place := &keys[i], at.Index(i)
		c.text("key", d.ID, place, "id")
		if j, taken := first[d.ID]; taken && d.ID != "" {
			c.p.Add(place.Key("id"), "is "+quote(d.ID)+", the id of "+string(at.Index(j))+" too", "write another id: the audit log names keys by it")
		} else {
			first[d.ID] = i
		}
		if d.NotBefore != 0 && d.Expires != 0 && d.NotBefore >= d.Expires {
			c.p.Add(place, "expires before it becomes valid", "write a not_before earlier than expires")
		}
		c.addKey(key{id: d.ID, client: owner, notBefore: int64(d.NotBefore), expires: int64(d.Expires),
			expiry: expiryOf(d.Expires, c.warning)}, d, place)
	}
}

// addKey takes a key by the kind of its digest.
func (c *compiler) addKey(k key, d *document.Key, at document.Path) {
	if d.Bcrypt != "" {
		c.addBcrypt(k, d, at)
		return
	}
	digest, ok := c.digestOf(d.SHA256, at)
	if ok {
		k.digest = digest
		c.keys = append(c.keys, k)
	}
}

// digestOf reads the digest of the key at a place and reports one that is
// malformed or stands twice. What stands there is not quoted: it may be the key
// itself, pasted by mistake.
func (c *compiler) digestOf(text string, at document.Path) (digest [sha256.Size]byte, ok bool) {
	if len(text) == hex.EncodedLen(len(digest)) {
		_, err := hex.Decode(digest[:], []byte(text))
		ok = err == nil
	}
	if !ok {
		c.p.Add(at.Key("sha256"), "is not 64 hexadecimal digits", "write the digest that sallyport key new prints, never the key")
		return digest, false
	}
	if other, taken := c.digests[digest]; taken {
		c.p.Add(at.Key("sha256"), "is the digest of "+string(other.Key("sha256"))+" too", "give every client a key of its own")
		return digest, false
	}
	c.digests[digest] = at
	return digest, true
}

// byDigest orders keys. Each type that slices.SortFunc sorts is 20 KB of module;
// sort.Sort is there once.
type byDigest []key

func (k byDigest) Len() int           { return len(k) }
func (k byDigest) Less(i, j int) bool { return bytes.Compare(k[i].digest[:], k[j].digest[:]) < 0 }
func (k byDigest) Swap(i, j int)      { k[i], k[j] = k[j], k[i] }

// sort orders the keys by digest, for lookup.
func (c *compiler) sort() {
	sort.Sort(byDigest(c.keys))
	c.index = make([]uint64, len(c.keys))
	for i := range c.keys {
		c.index[i] = binary.BigEndian.Uint64(c.keys[i].digest[:])
	}
}
