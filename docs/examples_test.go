package docs_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/internal/scenario"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
)

// anySecret stands for every secret that an example names.
const anySecret = "a-secret-of-the-manual-0123456789abcdef"

func anyEnv(string) (string, bool) { return anySecret, true }

// TestPoliciesCompile: what a page shows as json is a whole policy, and one
// that the filter takes.
func TestPoliciesCompile(t *testing.T) {
	policies := 0
	for _, p := range manual(t) {
		for _, b := range p.blocks {
			if b.kind != "json" {
				continue
			}
			policies++
			if _, err := policy.Compile([]byte(b.text), anyEnv); err != nil {
				t.Errorf("%s:%d: the policy does not compile (mark a part of one as jsonc):\n%v", p.name, b.line, err)
			}
		}
	}
	if policies < 6 {
		t.Errorf("%d policies found: some page has no example", policies)
	}
}

// kinds are the blocks that some test looks at, and those that are only read.
var kinds = map[string]string{
	"json": "TestPoliciesCompile", "sh": "TestRequests, where it has requests", "jsonc": "a part, read by people",
	"text": "read by people", "js": "read by people", "paths": "package hygiene", "matches": "package routes", "headers api": "TestPresets",
	"requests": "packages apikey and limits", "headers web": "TestPresets", "removed": "TestPresets", "json http_filters": "package e2e/readme", "console": "read by people",
}

// TestKindsAreKnown: a block of another kind would be tested by nobody.
func TestKindsAreKnown(t *testing.T) {
	for _, p := range manual(t) {
		for _, b := range p.blocks {
			if _, ok := kinds[b.kind]; !ok {
				t.Errorf("%s:%d: no test knows blocks of the kind %q", p.name, b.line, b.kind)
			}
		}
	}
}

// answer is what the comment behind a request says: the status, and the reason.
var answer = regexp.MustCompile(`^(.*?)\s+# (\d{3})(?:$|[ ,;]+([a-z-]*))`)

// TestRequests: each curl command with a status behind it gets that status
// from the first policy before it.
func TestRequests(t *testing.T) {
	asked := map[string]int{}
	for _, p := range manual(t) {
		var proxy *hosttest.Proxy
		for _, b := range p.blocks {
			switch b.kind {
			case "json":
				proxy = start(t, p, b)
			case "sh":
				shell := map[string]string{}
				for line := range strings.Lines(b.text) {
					m := answer.FindStringSubmatch(expand(strings.TrimSpace(line), shell))
					if m == nil || !strings.HasPrefix(m[1], "curl ") {
						continue
					}
					asked[p.name]++
					ask(t, fmt.Sprintf("%s:%d: %s", p.name, b.line, m[1]), proxy, m)
				}
			}
		}
	}
	for _, name := range []string{"apikey.md", "authorize.md", "cors.md", "csrf.md", "headers.md", "hygiene.md", "jwt.md", "limits.md", "routes.md", "sign.md", "version.md", "webhook.md"} {
		if asked[name] == 0 {
			t.Errorf("%s has no requests", name)
		}
	}
}

var (
	assignment = regexp.MustCompile(`^([A-Z]+)=(\S+)$`)
	variable   = regexp.MustCompile(`\$\{?([A-Z]+)\}?`)
)

// expand keeps what a line assigns, and puts in what earlier lines assigned.
func expand(line string, shell map[string]string) string {
	if m := assignment.FindStringSubmatch(line); m != nil {
		shell[m[1]] = m[2]
	}
	return variable.ReplaceAllStringFunc(line, func(v string) string { return shell[variable.FindStringSubmatch(v)[1]] })
}

func start(t *testing.T, p page, b block) *hosttest.Proxy {
	t.Helper()
	env := map[string]string{}
	for _, m := range regexp.MustCompile(`"env":\s*"([^"]+)"`).FindAllStringSubmatch(b.text, -1) {
		env[m[1]] = anySecret
	}
	h := hosttest.NewHost([]byte(b.text), env)
	h.HoldsHeaders = strings.Contains(b.text, `"headers_stop_iteration": true`)
	proxy, err := hosttest.NewProxy(h, door.New(h))
	if err != nil {
		t.Fatalf("%s:%d: %v", p.name, b.line, err)
	}
	return proxy
}

// ask sends a request and compares status, and reason where one is named.
func ask(t *testing.T, where string, proxy *hosttest.Proxy, m []string) {
	t.Helper()
	request, err := parseCurl(m[1])
	if err != nil || proxy == nil {
		t.Errorf("%s: %v, proxy %v", where, err, proxy != nil)
		return
	}
	got, err := proxy.Do(t.Context(), request, scenario.Upstream{Status: 200})
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	if want := m[2]; strconv.Itoa(got.Status) != want {
		t.Errorf("%s: status %d (%s), the page says %s", where, got.Status, got.Reason, want)
	}
	if isReason(m[3]) && got.Reason != m[3] {
		t.Errorf("%s: reason %q, the page says %q", where, got.Reason, m[3])
	}
	if got.Status >= 400 && got.Status != 429 && !isReason(m[3]) { // 429 has one reason
		t.Errorf("%s: the page does not say the reason %s", where, got.Reason)
	}
}

func isReason(word string) bool {
	for r := range guard.Reason(guard.Reasons) {
		if r.String() == word && r.Denies() {
			return true
		}
	}
	return false
}

var words = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)

// parseCurl reads the few options that the manual uses.
func parseCurl(command string) (r scenario.Request, err error) {
	r = scenario.Request{Method: "GET", From: netip.MustParseAddr("192.0.2.1")}
	args := words.FindAllString(command, -1)[1:]
	for i := 0; i < len(args); i++ {
		arg := strings.Trim(args[i], `'"`)
		next := func() string {
			if i++; i < len(args) {
				return strings.Trim(args[i], `'"`)
			}
			return ""
		}
		switch arg {
		case "-i", "-s", "-sS", "--path-as-is":
		case "-I":
			r.Method = "HEAD"
		case "-X":
			r.Method = next()
		case "-d":
			r.Method, r.Body = "POST", []byte(next())
		case "-H":
			name, value, _ := strings.Cut(next(), ":")
			r.Headers = append(r.Headers, scenario.Header{Name: strings.ToLower(name), Value: strings.TrimSpace(value)})
		default:
			if err := parseURL(&r, arg); err != nil {
				return r, err
			}
		}
	}
	if r.Target == "" {
		return r, fmt.Errorf("no address in %q", command)
	}
	return r, nil
}

func parseURL(r *scenario.Request, text string) error {
	rest, ok := strings.CutPrefix(text, "http://")
	if !ok || r.Target != "" {
		return fmt.Errorf("the test does not know %q", text)
	}
	host, path, _ := strings.Cut(rest, "/")
	if _, err := url.Parse("http://" + host); err != nil {
		return err
	}
	r.Target = "/" + path
	if len(scenario.Values(r.Headers, "host")) == 0 {
		r.Headers = append(r.Headers, scenario.Header{Name: "host", Value: host})
	}
	return nil
}

// TestPresets: the lists of headers.md are what the presets do.
func TestPresets(t *testing.T) {
	page := read(t, "headers.md")
	for _, preset := range []string{"api", "web"} {
		p, err := policy.Compile([]byte(`{"version": 1, "headers": {"response": {"preset": "`+preset+`"}},
			"routes": [{"name": "a", "path": "/", "public": true}]}`), anyEnv)
		if err != nil {
			t.Fatal(err)
		}
		var set strings.Builder
		for _, e := range p.Edits() {
			switch e.Op {
			case guard.Replace:
				set.WriteString(e.Name + ": " + e.Value + "\n")
			default:
				t.Errorf("%s: %+v", preset, e)
			}
		}
		if got := text(t, page, "headers "+preset); got != set.String() {
			t.Errorf("the page says of %s:\n%swant\n%s", preset, got, set.String())
		}
		if got, want := strings.Fields(text(t, page, "removed")), p.Removes(); !slices.Equal(got, want) {
			t.Errorf("the page says that %s removes:\n%s\nwant\n%s", preset, got, want)
		}
	}
}

// text returns the one block of a kind.
func text(t *testing.T, p page, kind string) (found string) {
	t.Helper()
	for _, b := range p.blocks {
		if b.kind == kind {
			if found != "" {
				t.Fatalf("%s has two blocks %q", p.name, kind)
			}
			found = b.text
		}
	}
	if found == "" {
		t.Fatalf("%s has no block %q", p.name, kind)
	}
	return found
}
