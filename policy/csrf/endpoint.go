package csrf

import (
	"strconv"

	"sallyport.dev/sallyport/policy/guard"
)

// Serve hands out a token to who asks for one, and allows every other request.
// It stands before the routes: no request for a token goes upstream.
func (s *Set) Serve(r *guard.Request, st *State) guard.Verdict {
	if s == nil || r.Method != "GET" && r.Method != "HEAD" {
		return guard.Allow()
	}
	for i := range s.endpoints {
		if e := &s.endpoints[i]; e.token.endpoint == r.Path {
			return e.hand(r, st)
		}
	}
	return guard.Allow()
}

// hand answers a page of the same origin, or of a trusted one. Nobody else could
// read the answer, but could change the cookie under the page that has the token.
func (s *section) hand(r *guard.Request, st *State) guard.Verdict {
	from := sent(r, s.trusted)
	if from == stranger {
		return guard.Deny(guard.CrossSite)
	}
	c := s.readCookies(r)
	switch {
	case c.session.doubled():
		return guard.Deny(guard.CSRFTokenInvalid)
	case c.session.value == "":
		return guard.Deny(guard.CSRFTokenMissing)
	case len(c.session.value) > maxSession:
		return guard.Deny(guard.CSRFTokenInvalid)
	case st == nil:
		return guard.Verdict{}
	}
	text, left, err := s.token.renew(r, &c, st)
	if err != nil {
		return guard.Deny(guard.HostError)
	}
	reply := s.token.reply(text, left)
	if from == trusted {
		reply.Headers = append(reply.Headers, readable(r)...)
	}
	return guard.Serve(reply)
}

// renew returns the token that the browser has for the first half of its life, so
// that a second page does not take the token away from the first; then a new one.
func (t *token) renew(r *guard.Request, c *cookies, st *State) (text string, left int64, err error) {
	if !c.token.doubled() {
		if f, left := t.judge(c.token.value, c.session.value, r.Now, st); f == current && left > t.lifetime/2 {
			return c.token.value, left, nil
		}
	}
	text, err = t.make(c.session.value, r.Now, st, r.World)
	return text, t.lifetime, err
}

func (t *token) reply(text string, left int64) *guard.Reply {
	seconds := strconv.FormatInt(left, 10)
	return &guard.Reply{
		Status: 200,
		Headers: [][2]string{
			{"content-type", "application/json"}, {"cache-control", "no-store"}, {"vary", "cookie, origin, sec-fetch-site"},
			{"set-cookie", t.cookie + "=" + text + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" + seconds},
		},
		Body: `{"token":"` + text + `","header":"` + t.header + `","expires_in":` + seconds + "}\n",
	}
}

// readable lets the page of a trusted origin read the answer (Fetch standard,
// section 3.2): what the token allows, its origin is trusted with.
func readable(r *guard.Request) [][2]string {
	origin, count := r.Get("origin")
	if count != 1 {
		return nil
	}
	return [][2]string{{"access-control-allow-origin", origin}, {"access-control-allow-credentials", "true"}}
}
