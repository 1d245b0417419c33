package scenario

import (
	"strings"
	"testing"
)

const signatures = `A title
-- policy.json --
{}
-- env --
SECRET=key
STANDARD=whsec_a2V5
-- signatures --
a = SECRET sha256 hex {now -1}.The quick {repeat 1 brown} fox
b = STANDARD sha1 base64 {now}
c = SECRET sha256 hex
-- steps --
# a
> POST /
> x-t: {now -1}
> x-s: v1={signature a},{signature b}
< 200
forwarded POST /
`

func TestSignatures(t *testing.T) {
	s, err := Parse("x", []byte(signatures))
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.at(1000)
	if err != nil {
		t.Fatal(err)
	}
	// Of openssl dgst -hmac key.
	const a, b, c = "bdada548e460b795d9512198fc6c267854fef9ae9321de3651df15bc781f073b", "nOITkQY6DTGp+QQ+NvCGOY5OQS0=", "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0"
	if at.signatures["a"] != a || at.signatures["b"] != b || at.signatures["c"] != c {
		t.Errorf("%q", at.signatures)
	}
	step, err := s.Steps[0].with(at)
	if err != nil {
		t.Fatal(err)
	}
	if h := step.Request.Headers; h[1].Value != "999" || h[2].Value != "v1="+a+","+b {
		t.Errorf("%v", h)
	}
	for _, bad := range []string{"SECRET", "NONE sha256 hex x", "SECRET md5 hex x", "SECRET sha256 rot13 x", "SECRET sha256 hex {key x}"} {
		s, err := Parse("x", []byte(strings.Replace(signatures, "c = SECRET sha256 hex", "c = "+bad, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.at(0); err == nil || !strings.Contains(err.Error(), `signatures: "c"`) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	at.signatures = nil
	if _, err := s.Steps[0].with(at); err == nil || !strings.Contains(err.Error(), `no signature "a"`) {
		t.Errorf("a signature that is not there: %v", err)
	}
}
