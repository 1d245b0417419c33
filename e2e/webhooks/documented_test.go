package webhooks

import (
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// What the vendors' documentation shows.
const (
	githubSecret = "It's a Secret to Everybody"
	squareKey    = "asdf1234"
	squareURL    = "https://example.com/webhook"
)

// documents are examples of documentation: what the sender sends, and its signature.
var documents = []struct {
	scheme, from string
	delivery     delivery
	signature    string
	route        string // on which it passes still; empty: its time is long ago, or its secret too short
}{
	{"github", "docs.github.com, validating webhook deliveries", delivery{body: []byte("Hello, World!"), secret: githubSecret},
		"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "/github-doc"},
	{"slack", "api.slack.com, verifying requests from Slack", delivery{
		body: []byte("token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
			"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F" +
			"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"),
		secret: "8f742231b10e8888abcd99yyyzzz85a5", at: time.Unix(1531420618, 0)},
		"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", ""},
	{"square", "developer.squareup.com, validating event notifications",
		delivery{body: []byte(`{"hello":"world"}`), secret: squareKey, host: "example.com", target: "/webhook"},
		"2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=", "/elsewhere"},
	{"twilio-form", "twilio.com, webhooks security", delivery{secret: "12345", host: "mycompany.com", target: "/myapp.php?foo=1&bar=2",
		body: []byte("Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE")},
		"RSOYDt4T1cUTdK1PDd93/VVr8B8=", ""},
	{"standard", "standardwebhooks.com, the example of its libraries", delivery{body: []byte(`{"test": 2432232314}`), secret: standardSecret,
		at: time.Unix(1614265330, 0), id: "msg_p5jXN8AQM9LWM0D4loKWxJek"}, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", ""},
}

// documented: the test signs as the documentation does, and the documented request passes where no time is signed.
func (g gateway) documented(t *testing.T) {
	for _, c := range documents {
		t.Run(c.scheme, func(t *testing.T) {
			s := named(t, c.scheme)
			request := s.signed(t, c.delivery)
			if got := scenario.Values(request.Headers, s.header)[0]; got != c.signature {
				t.Errorf("%s: the test signs %q, the documentation %q", c.from, got, c.signature)
			}
			if request.Target = c.route; c.route != "" {
				g.passes(t, c.from, harness.Whole(request), request.Body)
			} else if request.Target = "/" + s.name; s.timed {
				wantRefused(t, c.from, g.post(t, request), "webhook-timestamp")
			}
		})
	}
}
