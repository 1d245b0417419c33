package webhook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/signature"
)

// Identity is what callers of these routes are known as. Their client is the
// name of the route.
const Identity = "webhook"

// maxSecrets bounds the secrets of a route: each costs an HMAC of every body.
const maxSecrets = 8

// untimed is how long a delivery is remembered that has no timestamp.
const untimed = int64(24 * time.Hour)

// Guard judges the deliveries of one route. It is immutable. A nil *Guard denies.
type Guard struct {
	name      string // of the route
	scheme    *signature.Scheme
	keys      []signature.Key
	labels    []string       // of the keys, for the audit line
	matched   []guard.Metric // by key
	tolerance int64
	maxBody   int64
	remember  int64 // 0: deliveries are not marked
}

// Compiler is what a route's webhook is compiled with.
type Compiler struct {
	Secret   func(document.Secret, document.Path) []byte
	Metrics  *guard.Metrics
	Problems *document.Problems
}

// Compile prepares the guard of a route; nil for one without a webhook.
func (c Compiler) Compile(r *document.Route, at document.Path) *Guard {
	w := r.Webhook
	if w == nil {
		return nil
	}
	c.checkRoute(r, at)
	at = at.Key("webhook")
	spec := signature.Spec{Scheme: w.Scheme, URL: w.URL, Signed: w.Signed, Algorithm: w.Algorithm, SHA1: w.SHA1, Signature: w.Signature, Timestamp: w.Timestamp, ID: w.ID}
	g := &Guard{
		name: r.Name, scheme: signature.Compile(spec, at, c.Problems),
		tolerance: int64(w.Tolerance), maxBody: int64(w.MaxBody),
	}
	c.compileReplay(g, w, at)
	c.compileSecrets(g, w.Secrets, at.Key("secrets"))
	return g
}

func (c Compiler) compileReplay(g *Guard, w *document.Webhook, at document.Path) {
	shortest := 2*g.tolerance + 1 // both ends are accepted
	switch {
	case !w.Replay && w.ReplayWindow != 0:
		c.Problems.Add(at.Key("replay_window"), `stands beside "replay": false`, "remove one of them")
	case !w.Replay:
	case w.ReplayWindow == 0 && g.scheme.Timed():
		g.remember = shortest
	case w.ReplayWindow == 0:
		g.remember = untimed
	case g.scheme.Timed() && int64(w.ReplayWindow) < 2*g.tolerance:
		c.Problems.Add(at.Key("replay_window"), "is shorter than a timestamp is accepted, which is twice the tolerance", "write a longer one, or a shorter tolerance")
	default:
		g.remember = max(int64(w.ReplayWindow), 1)
		if g.scheme.Timed() {
			g.remember = max(g.remember, shortest)
		}
	}
}

func (c Compiler) compileSecrets(g *Guard, list []document.Secret, at document.Path) {
	if len(list) == 0 || len(list) > maxSecrets {
		c.Problems.Add(at, fmt.Sprintf("has %d secrets", len(list)), fmt.Sprintf("write 1 to %d", maxSecrets))
	}
	for i, s := range list {
		raw := c.Secret(s, at.Index(i))
		if raw == nil && s.Env != "" {
			continue // said already
		}
		k, problem := g.scheme.VerifyingKey(raw)
		if problem != nil {
			c.Problems.Add(at.Index(i), problem.Found, problem.Remedy)
			continue
		}
		if slices.ContainsFunc(g.keys, func(other signature.Key) bool { return other.Equal(&k) }) {
			continue // the old secret is the new one until somebody rotates
		}
		place := strconv.Itoa(i)
		g.keys = append(g.keys, k)
		g.labels = append(g.labels, "secrets["+place+"]")
		g.matched = append(g.matched, c.Metrics.Counter("sallyport.webhook.route."+guard.Label(g.name)+".secret."+place))
	}
}

// checkRoute reports what a route with a webhook cannot have: its callers are known
// by the signature alone, and have no scopes.
func (c Compiler) checkRoute(r *document.Route, at document.Path) {
	for _, member := range []struct {
		name  string
		there bool
	}{{"identities", len(r.Identities) > 0}, {"public", r.Public}, {"anonymous", r.Anonymous}, {"scopes", r.Scopes != nil}, {"roles", r.Roles != nil}} {
		if member.there {
			c.Problems.Add(at.Key(member.name), "stands beside \"webhook\", whose caller is known by the signature alone", "remove one of them")
		}
	}
	if len(r.Methods) == 0 {
		c.Problems.Add(at, "takes webhooks by any method", `write "methods": ["POST"]`)
	}
	for i, m := range r.Methods {
		if !slices.Contains(methods(r.Webhook.Scheme), m) {
			c.Problems.Add(at.Key("methods").Index(i), "is "+document.Quote(m)+", which no sender of "+document.Quote(r.Webhook.Scheme)+" uses",
				"write one of "+strings.Join(methods(r.Webhook.Scheme), ", "))
		}
	}
}

// methods are those by which senders call. Twilio can be told to use GET, and signs
// the address then.
func methods(scheme string) []string {
	if scheme == "twilio" {
		return []string{"POST", "GET"}
	}
	return []string{"POST", "PUT", "PATCH"}
}
