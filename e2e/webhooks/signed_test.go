package webhooks

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// signing are the schemes that requests leave with: each way to sign once.
func signing() []scheme {
	return slices.DeleteFunc(slices.Clone(schemes), func(s scheme) bool { return s.name == "github-sha1" || s.name == "svix" })
}

// sending is the policy of outgoing: for each scheme a route of its name, and one that takes little.
func sending(t *testing.T, env map[string]string) []byte {
	t.Helper()
	var routes []any
	for _, s := range signing() {
		section := maps.Clone(s.section)
		section["secret"] = secretOf(env, s.name+"-sign", s.secret)
		routes = append(routes, object{"name": s.name, "path": "/" + s.name, "public": true, "sign": section})
	}
	routes = append(routes, object{"name": "small", "path": "/small", "public": true,
		"sign": object{"scheme": "github", "secret": secretOf(env, "small-sign", hmacSecret), "max_body": "1KiB"}})
	policy, err := json.Marshal(object{"version": 1, "host": object{"headers_stop_iteration": true}, "routes": routes})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// signs: what leaves is signed so that the vendor's library accepts it, however its body came, and whatever the client wrote
// into the headers of the signature itself. Sallyport accepts it too.
func (g gateway) signs(t *testing.T, s scheme) {
	bodies := [][]byte{s.body(event()), s.body(mebibyte[:1<<20-len(s.body(nil))-1])}
	if s.kind != formType {
		bodies = append(bodies, nil, binary)
	}
	for way := range ways(scenario.Request{}) {
		for i, body := range bodies {
			if way == "HTTP/2 with trailers" && len(body) > 1<<19 {
				continue // Envoy 1.36 alone has the upstream reset it
			}
			request := s.unsigned(body)
			r := g.send(t, outgoing, ways(request)[way], scenario.Upstream{Status: http.StatusOK})
			if r.Status != http.StatusOK || r.Forwarded == nil || string(r.Forwarded.Body) != string(body) {
				t.Fatalf("%s: status %d, %s", way, r.Status, r.Details)
			}
			if err := s.acceptsSigned(r.Forwarded); err != nil {
				t.Errorf("%s, %d bytes: %v; headers %q", way, len(body), err, r.Forwarded.Headers)
			}
			if way == "HTTP/1.1, whole" && i == 0 { // the others are replays where no time is signed
				g.comesBack(t, s, r.Forwarded)
			}
		}
	}
}

// unsigned is a request with headers that only Sallyport may set.
func (s scheme) unsigned(body []byte) scenario.Request {
	r := harness.Get("/"+s.name, field("content-type", s.kind))
	r.Method, r.Body = http.MethodPost, body
	for _, name := range []string{s.header, s.time, s.id} {
		if name != "" {
			r.Headers = append(r.Headers, field(name, "forged"))
		}
	}
	return r
}

// acceptsSigned asks the library, or where there is none the test's own way of signing.
func (s scheme) acceptsSigned(up *scenario.Forwarded) error {
	for _, name := range []string{s.header, s.time, s.id} {
		if n := len(scenario.Values(up.Headers, name)); name != "" && n != 1 {
			return errors.New(name + " is there " + strconv.Itoa(n) + " times")
		}
	}
	h := receivedHeaders(up.Headers)
	d := delivery{body: up.Body, secret: s.secret, target: up.Target}
	if s.verify != nil {
		return s.verify(d, h)
	}
	if s.id != "" {
		d.id = h.get(s.id)
	}
	if s.time != "" {
		n, err := strconv.ParseInt(h.get(s.time), 10, 64)
		if err != nil {
			return err
		}
		d.at = time.Unix(n, 0)
		if n > 1e12 {
			d.at = time.UnixMilli(n)
		}
	}
	want, err := s.sign(d)
	if err != nil {
		return err
	}
	if text := scenario.Values(want, s.header)[0]; !strings.HasSuffix(text, h.get(s.header)) || h.get(s.header) == "" {
		return errors.New("want the signature " + text)
	}
	return nil
}

// comesBack sends what was signed to where it is verified.
func (g gateway) comesBack(t *testing.T, s scheme, up *scenario.Forwarded) {
	t.Helper()
	back := harness.Get(up.Target)
	back.Method, back.Body = http.MethodPost, up.Body
	for _, name := range []string{"content-type", s.header, s.time, s.id} {
		for _, value := range scenario.Values(up.Headers, name) {
			back.Headers = append(back.Headers, field(name, value))
		}
	}
	g.passes(t, "comes back", harness.Whole(back), up.Body)
}

// signsNoMore: what is too long does not leave, unsigned or signed.
func (g gateway) signsNoMore(t *testing.T) {
	s := named(t, "github")
	for way := range ways(scenario.Request{}) {
		request := s.unsigned(mebibyte[:1025])
		request.Target = "/small"
		r := g.send(t, outgoing, ways(request)[way], scenario.Upstream{Status: http.StatusOK})
		wantRefused(t, way, r, "body-too-large")
	}
}
