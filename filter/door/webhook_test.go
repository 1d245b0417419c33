package door_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/filter/proxywasm"
)

// TestASlowWebhook: the clock is read again when the body is complete. Else a
// replay whose headers come in time, and whose body comes when the marks are gone,
// would pass.
func TestASlowWebhook(t *testing.T) {
	const policy = `{"version": 1, "routes": [{"name": "hook", "path": "/hook", "methods": ["POST"],
		"webhook": {"scheme": "stripe", "secrets": [{"value": "a secret of the test"}]}}]}`
	for wait, action := range map[time.Duration]proxywasm.Action{0: proxywasm.Continue, 299 * time.Second: proxywasm.Continue, 301 * time.Second: proxywasm.Pause} {
		h := hosttest.NewHost([]byte(policy), nil)
		p, err := hosttest.NewProxy(h, door.New(h))
		if err != nil {
			t.Fatal(err)
		}
		at := fmt.Sprint(h.Time / int64(time.Second))
		mac := hmac.New(sha256.New, []byte("a secret of the test"))
		mac.Write([]byte(at + ".body"))
		r := get("/hook", "stripe-signature", "t="+at+",v1="+hex.EncodeToString(mac.Sum(nil)))
		r.Method, r.Body = "POST", []byte("body")
		f := p.Begin(r)
		f.Piece([]byte("bo"), false)
		h.Time += int64(wait)
		if got := f.Piece([]byte("dy"), true); got != action {
			t.Errorf("after %v: %v, want %v", wait, got, action)
		}
		f.Leave()
	}
}
