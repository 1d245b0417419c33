package browser

import (
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
)

// site is the upstream of all hosts. It protects nobody: what a browser is denied, it is denied by Sallyport.
type site struct {
	address string
	mu      sync.Mutex
	arrived map[string][]string // by step
	secure  map[string]string   // where plain requests of a host are sent
}

// newSite starts one that ends with the test.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{arrived: map[string][]string{}, secure: map[string]string{}}
	server := httptest.NewUnstartedServer(s)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	s.address = server.Listener.Addr().String()
	return s
}

func (s *site) upstream() *harness.Upstream { return &harness.Upstream{Address: s.address} }

// arrivals are the requests that arrived, by step; then they are forgotten.
func (s *site) arrivals() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := maps.Clone(s.arrived)
	clear(s.arrived)
	return all
}

// redirect has the site send plain requests of a host to TLS.
func (s *site) redirect(host, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secure[host] = to
}

// record counts a request for its step, and tells where it is sent to.
func (s *site) record(r *http.Request) (to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if step := r.URL.Query().Get("step"); step != "" {
		s.arrived[step] = append(s.arrived[step], r.Method+" "+r.URL.Path)
	}
	if r.Header.Get("X-Forwarded-Proto") == "http" {
		host, _, _ := strings.Cut(r.Host, ":")
		return s.secure[host]
	}
	return ""
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if to := s.record(r); to != "" {
		http.Redirect(w, r, to+r.URL.Path, http.StatusMovedPermanently)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Exposed", "1")
	h.Set("X-Hidden", "1")
	switch path := r.URL.Path; {
	case path == "/login":
		h.Add("Set-Cookie", "__Host-session="+rand.Text()+"; Path=/; Secure; SameSite=None")
	case path == "/cookies", path == "/" && (strings.HasPrefix(r.Host, "cookies.") || strings.HasPrefix(r.Host, "none.")):
		for _, cookie := range []string{"bare=1", "weak=2; SameSite=None", "__Host-wide=3; Domain=example.test; Path=/page", "script=4"} {
			h.Add("Set-Cookie", cookie)
		}
	case path == "/careless":
		careless(h, r)
	case path == "/text":
		h.Set("Content-Type", "text/plain")
	}
	if _, err := io.WriteString(w, page(r)); err != nil {
		return // the browser has left
	}
}

// careless lets every page of the world read everything, in its users' names.
func careless(h http.Header, r *http.Request) {
	h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", "x-exposed, x-hidden")
	h.Set("Access-Control-Allow-Methods", r.Header.Get("Access-Control-Request-Method"))
	h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
}

// scripts records what runs, and what the browser reports as blocked.
const scripts = `<!doctype html><title>scripts</title>
<script nonce="%[1]s">
var ran = [], blocked = [];
addEventListener("securitypolicyviolation", (e) => blocked.push(e.effectiveDirective + " " + (e.blockedURI.startsWith("http") ? new URL(e.blockedURI).host : e.blockedURI)));
addEventListener("load", () => setTimeout(() => { loaded = true; }, 100));
</script>
<script nonce="%[1]s">ran.push("nonce");</script>
<script>ran.push("inline");</script>
<script nonce="AAAAAAAAAAAAAAAAAAAAAA">ran.push("guessed");</script>
<script src="https://evil.test/script.js"></script>
<img src="/text" onerror='ran.push("handler")'>`

func page(r *http.Request) string {
	switch r.URL.Path {
	case "/script":
		return fmt.Sprintf(scripts, r.Header.Get("X-Csp-Nonce"))
	case "/script.js":
		return `ran.push("foreign");`
	case "/text":
		return "1;"
	}
	return "arrived, cookies: " + cookies(r)
}

// cookies are the names of the cookies that arrived.
func cookies(r *http.Request) string {
	var sent []string
	for _, cookie := range r.Cookies() {
		sent = append(sent, cookie.Name)
	}
	slices.Sort(sent)
	return strings.Join(sent, " ")
}
