package door_test

import (
	"slices"
	"testing"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/internal/scenario"
)

// TestDenialsAreNotStored, nor are tokens, whatever the policy says of all
// responses: else a shared cache hands one client's refusal to everybody.
func TestDenialsAreNotStored(t *testing.T) {
	for name, response := range map[string]string{
		"set":     `"set": {"Cache-Control": "public, max-age=600"}`,
		"removed": `"remove": ["cache-control"]`,
		"neither": `"preset": "none"`,
	} {
		t.Run(name, func(t *testing.T) {
			h := hosttest.NewHost([]byte(`{"version": 1, "headers": {"response": {`+response+`}},
				"csrf": {"token": {"secret": {"env": "CSRF_SECRET"}, "session_cookie": "__Host-session"}},
				"routes": [{"name": "a", "path": "/a", "public": true}]}`), map[string]string{"CSRF_SECRET": "0123456789abcdef0123456789abcdef"})
			p, err := hosttest.NewProxy(h, door.New(h))
			if err != nil {
				t.Fatal(err)
			}
			for target, status := range map[string]int{"/b": 404, "/csrf-token": 200} {
				r := do(t, p, get(target, "cookie", "__Host-session=s", "sec-fetch-site", "same-origin"))
				if got := scenario.Values(r.Headers, "cache-control"); r.Status != status || !slices.Equal(got, []string{"no-store"}) {
					t.Errorf("%s: status %d, cache-control %q", target, r.Status, got)
				}
			}
			if got := scenario.Values(do(t, p, get("/a")).Headers, "cache-control"); name == "set" && !slices.Equal(got, []string{"public, max-age=600"}) {
				t.Errorf("an answer of the upstream: %q", got)
			}
			failed := false // the first call: no guard has said anything yet
			h.Fail = func(string) (err error) {
				if !failed {
					failed, err = true, proxywasm.ErrHost
				}
				return err
			}
			if r := do(t, p, get("/a")); r.Status != 503 || !slices.Equal(scenario.Values(r.Headers, "cache-control"), []string{"no-store"}) {
				t.Errorf("a failure of the proxy: %+v", r)
			}
		})
	}
}
