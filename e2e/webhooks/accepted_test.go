package webhooks

import (
	"bytes"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
)

// binary is text that is not UTF-8, and that no layer may take for its end.
var binary = []byte{0xff, 0xfe, 0, '\r', '\n', '0', '\r', '\n', '\r', '\n', 0xc0, 0xaf, 0}

// mebibyte is the longest body that routes take where the policy says nothing.
var mebibyte = bytes.Repeat([]byte("0123456789abcdef"), 1<<16)

// accepts: what the vendor's library signs, or accepts, passes however it comes, byte for byte.
func (g gateway) accepts(t *testing.T, s scheme) {
	for way := range ways(s.signed(t, s.deliver("/"+s.name, nil))) {
		g.accept(t, s, way, s.body(event()))
	}
	if s.kind != formType { // what is not a form has no fields to sign
		g.accept(t, s, "HTTP/1.1, whole", nil)
		g.accept(t, s, "HTTP/2, in pieces", binary)
	}
	g.accept(t, s, "HTTP/1.1, whole", s.body(mebibyte[:1<<20-len(s.body(nil))]))
	g.accept(t, s, "HTTP/2, in pieces", s.body(mebibyte[:1<<20-len(s.body(nil))-1]))
}

const formType = "application/x-www-form-urlencoded"

// body makes a body of the scheme's kind of a text.
func (s scheme) body(text []byte) []byte {
	if s.kind == formType {
		return append([]byte("To=%2B15557654321&From=%2B15551234567&Body=a+b&Empty=&MediaUrl="), bytes.Map(plain, text)...)
	}
	return text
}

// plain leaves of a text what a form need not escape.
func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

func (g gateway) accept(t *testing.T, s scheme, way string, body []byte) {
	t.Helper()
	d := s.deliver("/"+s.name, body)
	request := s.signed(t, d)
	if s.verify != nil {
		if err := s.verify(d, receivedHeaders(request.Headers)); err != nil {
			t.Fatalf("the library does not accept what the test signs: %v", err)
		}
	}
	var sending harness.Sending
	if sending = ways(request)[way]; way == "" {
		sending = harness.Whole(request)
	}
	up := g.passes(t, way, sending, body)
	if s.verify != nil {
		d.body = up.Body
		if err := s.verify(d, receivedHeaders(up.Headers)); err != nil {
			t.Errorf("%s: the library does not accept what arrived: %v", way, err)
		}
	}
}
