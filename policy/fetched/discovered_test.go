package fetched

import (
	"fmt"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

// idp answers as an identity provider: by authority and path.
type idp map[string]string

func (i idp) serve(c *guard.Call) (guard.Answer, error) {
	body, ok := i[c.Authority+c.Path]
	if !ok {
		return guard.Answer{Status: 404}, nil
	}
	return guard.Answer{Status: 200, Body: []byte(body)}, nil
}

func metadataOf(issuer, keys string) string {
	return fmt.Sprintf(`{"issuer": %q, "jwks_uri": %q}`, issuer, keys)
}

func newDiscovereds(t *testing.T, n int, issuer string, i idp) *proxy {
	t.Helper()
	d, err := NewDiscovery(issuer, *source())
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, n, func() Document { return NewDiscovered(d, "test") })
	p.serve = i.serve
	return p
}

func TestDiscovered(t *testing.T) {
	for name, c := range map[string]struct {
		issuer, at string
		calls      int // of all workers
	}{
		"openid":                    {"https://idp.example", "/.well-known/openid-configuration", 2},
		"openid, with a slash":      {"https://idp.example/", "/.well-known/openid-configuration", 2},
		"oauth":                     {"https://idp.example", "/.well-known/oauth-authorization-server", 3},
		"openid with a path":        {"https://idp.example/realm", "/realm/.well-known/openid-configuration", 2},
		"oauth with a path":         {"https://idp.example/realm", "/.well-known/oauth-authorization-server/realm", 3},
		"openid in the way of 8414": {"https://idp.example/realm", "/.well-known/openid-configuration/realm", 4},
	} {
		t.Run(name, func(t *testing.T) {
			i := idp{"idp.example" + c.at: metadataOf(c.issuer, "https://keys.example:8443/set?v=1"), "keys.example:8443/set?v=1": "good keys"}
			p := newDiscovereds(t, 3, c.issuer, i)
			p.want(nil)
			p.pass(2 * time.Second)
			p.want("good keys")
			if last := p.sent[len(p.sent)-1]; last.Cluster != "idp" || last.Authority != "keys.example:8443" || last.Path != "/set?v=1" {
				t.Errorf("the last call is %+v", last)
			}
			p.wantCalls(c.calls)
			p.pass(time.Hour)
			if n := len(p.sent); n < 10 || n > 24 {
				t.Errorf("%d calls in an hour", n)
			}
		})
	}
}

// TestDiscoveredIsAwaited: thousands wait for two calls.
func TestDiscoveredIsAwaited(t *testing.T) {
	i := idp{"idp.example/.well-known/oauth-authorization-server": metadataOf("https://idp.example", "https://idp.example/keys"), "idp.example/keys": "good keys"}
	p := newDiscovereds(t, 2, "https://idp.example", i)
	var waiting []*stream
	for range 2000 {
		waiting = append(waiting, p.workers[0].await())
	}
	p.settle()
	for _, s := range waiting {
		if s.value != "good keys" || s.told != nil {
			t.Fatalf("told %v, %v", s.value, s.told)
		}
	}
	p.wantCalls(3)
	p.serve = answer(500, "")
	if s := p.workers[1].await(); s.value != "good keys" {
		t.Errorf("another worker: %v, %v", s.value, s.told)
	}
	p.wantCalls(0)
}

// TestDiscoveredRefuses metadata that speak for another, and all else that is
// not the issuer's.
func TestDiscoveredRefuses(t *testing.T) {
	for name, metadata := range map[string]string{
		"another issuer": metadataOf("https://evil.example", "https://idp.example/keys"),
		"a password":     metadataOf("https://idp.example", "https://a:b@idp.example/keys"),
		"a file":         metadataOf("https://idp.example", "file:///keys"),
		"rubbish":        "<html>",
	} {
		i := idp{"idp.example/.well-known/openid-configuration": metadata, "idp.example/keys": "good keys"}
		p := newDiscovereds(t, 2, "https://idp.example", i)
		p.pass(time.Minute)
		s := p.workers[0].await()
		if p.settle(); s.value != nil || s.told != ErrUnavailable {
			t.Errorf("%s: told %v, %v", name, s.value, s.told)
		}
		for _, c := range p.sent {
			if c.Path == "/keys" {
				t.Errorf("%s: the keys were asked for", name)
			}
		}
		i["idp.example/.well-known/openid-configuration"] = metadataOf("https://idp.example", "https://idp.example/keys")
		p.pass(20 * time.Second)
		p.want("good keys")
		i["idp.example/.well-known/openid-configuration"] = metadata
		p.pass(time.Hour)
		p.want("good keys")
	}
}

// TestTheKeysMove: the old ones serve until the new ones are there.
func TestTheKeysMove(t *testing.T) {
	at := "idp.example/.well-known/openid-configuration"
	i := idp{at: metadataOf("https://idp.example", "https://idp.example/keys"), "idp.example/keys": "good keys"}
	p := newDiscovereds(t, 3, "https://idp.example", i)
	p.pass(2 * time.Second)
	i[at] = metadataOf("https://idp.example", "https://idp.example/new")
	p.pass(20 * time.Minute)
	p.want("good keys")
	i["idp.example/new"] = "good new keys"
	p.pass(80 * time.Second)
	p.want("good new keys")
	i[at] = metadataOf("https://idp.example", "https://idp.example/newer")
	i["idp.example/newer"] = "good newer keys"
	delete(i, "idp.example/new") // then nobody waits for the metadata's time
	p.pass(11 * time.Minute)
	p.want("good newer keys")
}

// TestTheKeysAreGone: nobody waits until the metadata are due.
func TestTheKeysAreGone(t *testing.T) {
	at := "idp.example/.well-known/openid-configuration"
	i := idp{at: metadataOf("https://idp.example", "https://idp.example/keys"), "idp.example/keys": "good keys"}
	p := newDiscovereds(t, 2, "https://idp.example", i)
	p.pass(2 * time.Second)
	delete(i, "idp.example/keys")
	i[at], i["idp.example/new"] = metadataOf("https://idp.example", "https://idp.example/new"), "good new keys"
	s := p.workers[0].renew()
	p.settle()
	if s.value != "good keys" || s.told != ErrUnavailable {
		t.Errorf("told %v, %v", s.value, s.told)
	}
	p.pass(3 * time.Second)
	p.want("good new keys")
}

// TestTheKeysMoveWhileTheyAreAskedFor: an answer from the old address is not the
// new one's.
func TestTheKeysMoveWhileTheyAreAskedFor(t *testing.T) {
	c := newCopy(source(), "test", Address{"idp.example", "/keys"})
	p := newProxy(t, 1, func() Document { return c })
	s := p.workers[0].await()
	c.move(Address{"idp.example", "/new"})
	p.serve = answer(200, "good keys")
	p.settle()
	if s.value != nil || s.told != ErrUnavailable || c.value != nil {
		t.Errorf("told %v, %v", s.value, s.told)
	}
	p.serve = answer(200, "good new keys")
	s = p.workers[0].await()
	p.settle()
	if s.value != "good new keys" {
		t.Errorf("told %v, %v", s.value, s.told)
	}
	c.move(Address{"idp.example", "/newer"})
	p.sent = nil
	p.pass(time.Second)
	if p.wantCalls(1); p.workers[0].value() != "good new keys" {
		t.Errorf("it has %v", p.workers[0].value())
	}
}

func TestDiscoveredRenews(t *testing.T) {
	i := idp{"idp.example/.well-known/openid-configuration": metadataOf("https://idp.example", "https://idp.example/keys"), "idp.example/keys": "good keys"}
	p := newDiscovereds(t, 2, "https://idp.example", i)
	s := p.workers[0].renew()
	p.settle()
	if s.value != "good keys" || s.told != nil {
		t.Fatalf("told %v, %v", s.value, s.told)
	}
	i["idp.example/keys"] = "good new keys"
	p.sent = nil
	s = p.workers[0].renew()
	p.settle()
	if s.value != "good new keys" || s.told != nil {
		t.Errorf("told %v, %v", s.value, s.told)
	}
	p.wantCalls(1)
}

func TestDiscoveryRegisters(t *testing.T) {
	d, err := NewDiscovery("https://idp.example", *source())
	if err != nil {
		t.Fatal(err)
	}
	var m guard.Metrics
	d.Register(&m)
	if n := len(m.Names()); n != 8 || d.metadata.events.taken == 0 || d.keys.events.taken == 0 {
		t.Errorf("%d counters", n)
	}
	if _, err := NewDiscovery("idp.example", *source()); err != ErrURLScheme {
		t.Errorf("no issuer: %v", err)
	}
}
