//go:build !wasip1

package door

import (
	"errors"
	"testing"

	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

// TestVerifySignature: only the result true is one; whatever else Envoy says is
// false or an error.
func TestVerifySignature(t *testing.T) {
	failed := errors.New("injected")
	for _, c := range []struct {
		name   string
		result []byte
		err    error
		ok     bool
		want   error
	}{
		{"true", []byte{8, 1}, nil, true, nil},
		{"false with a text", []byte{0x12, 3, 'b', 'a', 'd'}, nil, false, nil},
		{"false", nil, nil, false, nil},
		{"true with a text", []byte{8, 1, 0x12, 1, 'x'}, nil, false, nil},
		{"two", []byte{8, 2}, nil, false, nil},
		{"another field", []byte{16, 1}, nil, false, nil},
		{"no such function", nil, proxywasm.ErrNotFound, false, guard.ErrNoVerifier},
		{"a failure", nil, failed, false, failed},
	} {
		h := hosttest.NewHost(nil, nil)
		var asked []byte
		h.Foreign = map[string]func([]byte) ([]byte, error){"verify_signature": func(b []byte) ([]byte, error) { asked = b; return c.result, c.err }}
		w := &world{host: h}
		ok, err := w.VerifySignature(guard.SHA256, []byte("key"), []byte("sig"), []byte("text"))
		if ok != c.ok || !errors.Is(err, c.want) {
			t.Errorf("%s: %t, %v", c.name, ok, err)
		}
		if string(asked) != "\x0a\x06sha256\x12\x03key\x1a\x03sig\x22\x04text" {
			t.Errorf("%s: asked %q", c.name, asked)
		}
	}
	if _, err := (&world{host: hosttest.NewHost(nil, nil)}).VerifySignature(0, nil, nil, nil); !errors.Is(err, guard.ErrNoVerifier) {
		t.Errorf("no hash: %v", err)
	}
}

func TestPeerCertificate(t *testing.T) {
	sum := "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	for text, ok := range map[string]bool{sum: true, "": false, sum[:62]: false, sum + "00": false, "zz" + sum[2:]: false} {
		h := hosttest.NewHost(nil, nil)
		h.Certificate = text
		w := &world{host: h}
		h.Enter(t)
		got, shown, err := w.PeerCertificate()
		if shown != ok || (err == nil) != (ok || text == "") || ok && got[1] != 0x11 {
			t.Errorf("%q: %x, %t, %v", text, got, shown, err)
		}
	}
}
