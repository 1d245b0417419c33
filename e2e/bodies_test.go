package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

const (
	allHeld  = `{"version": 1, "host": {"headers_stop_iteration": true}, "routes": [{"name": "all", "path": "/**", "public": true}]}`
	buffered = "buffered"
	held     = "held"
	neither  = "neither"
	early    = "early"
	little   = 16 << 10
)

// TestBodies has a guard of the module with faults judge bodies, by both means that keep the headers back until then.
func TestBodies(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			service := newService(t)
			envoy := harness.Start(t, harness.Config{Version: version, Artefact: harness.Faulty,
				Clusters: map[string]string{"service": service.address},
				Listeners: []harness.Listener{
					{Name: buffered, Policy: []byte(all), Buffer: 1 << 20}, {Name: held, Policy: []byte(allHeld)},
					{Name: neither, Policy: []byte(all)}, {Name: early, Policy: []byte(all), Early: 1 << 20},
					{Name: "reported " + buffered, Policy: reported(all), Buffer: 1 << 20}, {Name: "reported " + held, Policy: reported(allHeld)},
					{Name: "hurried " + buffered, Policy: []byte(all), Buffer: 1 << 20, Timeout: "0.3s"},
					{Name: "hurried " + held, Policy: []byte(allHeld), Timeout: "0.3s"},
					{Name: "little " + buffered, Policy: []byte(all), Buffer: little}, {Name: "little " + held, Policy: []byte(allHeld), Limit: little}}})
			for _, listener := range []string{buffered, held} {
				b := judging{listener, envoy}
				t.Run(listener, func(t *testing.T) {
					t.Run("allowed", b.allowed)
					t.Run("denied", b.denied)
					t.Run("more than the proxy keeps", b.large)
					t.Run("behind a call", b.behindCall)
					t.Run("reported", b.reported)
					t.Run("stalled", b.stalled)
					t.Run("expects 100", b.expecting)
					t.Run("pipelined", b.pipelined)
				})
			}
			t.Run("edited behind the body", judging{held, envoy}.edited)
			t.Run("by neither means", judging{neither, envoy}.leaks)
			t.Run("by neither means, behind a call", judging{neither, envoy}.behindCall)
			t.Run("buffered too early", judging{early, envoy}.leaksBuffered)
			for _, listener := range []string{buffered, held} { // at last: their ports come again, and stand in the access log
				t.Run(listener+": clients that leave", judging{listener, envoy}.leaving)
			}
		})
	}
}

// reported is a policy in report mode.
func reported(policy string) []byte {
	return []byte(strings.Replace(policy, `{"version": 1,`, `{"version": 1, "mode": "report",`, 1))
}

// judging is a listener whose guard reads bodies.
type judging struct {
	listener string
	envoy    *harness.Envoy
}

// post is a request whose body is judged.
func post(body string) scenario.Request {
	r := harness.Get("/a", scenario.Header{Name: "x-sallyport-fault", Value: "body"})
	r.Method, r.Body = http.MethodPost, []byte(body)
	return r
}

// ways are how a body can come.
func ways(r scenario.Request) map[string]harness.Sending {
	two := r
	two.HTTP2 = true
	trailing := harness.Split(two, 2)
	trailing.Trailers = []scenario.Header{{Name: "x-checksum", Value: "1"}}
	return map[string]harness.Sending{
		"HTTP/1.1, whole": harness.Whole(r), "HTTP/1.1, in pieces": harness.Split(r, 9),
		"HTTP/2, whole": harness.Whole(two), "HTTP/2, in pieces": harness.Split(two, 9), "HTTP/2 with trailers": trailing,
	}
}

// each sends a body in every way.
func (b judging) each(t *testing.T, body string, want func(t *testing.T, r scenario.Result)) {
	t.Helper()
	for way, sending := range ways(post(body)) {
		if sending.Trailers != nil && len(body) == 1<<20 {
			continue // Envoy 1.36's buffer filter alone has the upstream reset this: its trailers overtake the body
		}
		t.Run(fmt.Sprintf("%.8q %s", body, way), func(t *testing.T) { want(t, b.send(t, sending)) })
	}
}

func (b judging) send(t *testing.T, s harness.Sending) scenario.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := b.envoy.Send(ctx, b.listener, s, scenario.Upstream{Status: http.StatusOK})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// binary is text that is not UTF-8, and that no layer may take for its end.
var binary = string([]byte{0xff, 0xfe, 0, '\r', '\n', '0', '\r', '\n', '\r', '\n', 0xc0, 0xaf, 0})

// allowed: a body that was judged arrives byte for byte.
func (b judging) allowed(t *testing.T) {
	for _, body := range []string{"", "g", binary, strings.Repeat("g", 5000), "large" + strings.Repeat(binary, 80661)[:1<<20-5], "fetch"} {
		b.each(t, body, func(t *testing.T, r scenario.Result) {
			if r.Status != http.StatusOK || r.Forwarded == nil {
				t.Fatalf("status %d, %s", r.Status, r.Details)
			}
			if !bytes.Equal(r.Forwarded.Body, []byte(body)) {
				t.Errorf("%d bytes arrived, want the %d that were sent", len(r.Forwarded.Body), len(body))
			}
		})
	}
}

// denied: not even the headers of a body that is denied reach the upstream; Send compares what arrived there with the access
// log.
func (b judging) denied(t *testing.T) {
	for body, reason := range map[string]string{
		"bad": "key-unknown", "bad" + binary: "key-unknown", "bad" + strings.Repeat("b", 4000): "key-unknown", "zero": "unjudged",
		strings.Repeat("g", 5001): "headers-too-large",
	} {
		b.each(t, body, b.wantDenied(reason))
	}
	t.Run("panic", func(t *testing.T) { b.wantDenied("internal-error")(t, b.send(t, harness.Whole(post("panic")))) })
}

func (b judging) wantDenied(reason string) func(*testing.T, scenario.Result) {
	return func(t *testing.T, r scenario.Result) {
		if r.Status == http.StatusOK || r.Details != "sallyport:"+reason || r.Reason != reason || r.Forwarded != nil {
			t.Errorf("status %d, %s, reason %q, forwarded %v, want %s", r.Status, r.Details, r.Reason, r.Forwarded != nil, reason)
		}
	}
}

// large: what the proxy does not keep is answered by the proxy, and reaches nobody.
func (b judging) large(t *testing.T) {
	b.listener = "little " + b.listener
	body := "large" + strings.Repeat("g", little-5)
	if r := b.send(t, harness.Whole(post(body))); r.Status != http.StatusOK || r.Forwarded == nil || string(r.Forwarded.Body) != body {
		t.Errorf("exactly as much: status %d, %s", r.Status, r.Details)
	}
	for _, s := range []harness.Sending{harness.Whole(post(body + "g")), harness.Split(post(body+"g"), 5)} {
		if r := b.send(t, s); r.Status != http.StatusRequestEntityTooLarge || r.Details != "request_payload_too_large" || r.Forwarded != nil {
			t.Errorf("one more: status %d, %s, forwarded %v", r.Status, r.Details, r.Forwarded != nil)
		}
	}
}

// behindCall: a guard before the body asks a service, slowly; where the headers are held the body comes meanwhile. The body
// arrives whole also where trailers have come before the answer.
func (b judging) behindCall(t *testing.T) {
	for body, status := range map[string]int{"good": http.StatusOK, "bad": http.StatusUnauthorized, "large" + strings.Repeat("g", 1<<20-5): http.StatusOK} {
		if b.listener == neither && status != http.StatusOK {
			continue // its headers leak
		}
		request := post(body)
		request.Headers = append(request.Headers, scenario.Header{Name: "x-fault-first", Value: "1"}, scenario.Header{Name: "x-fault-path", Value: "/slow"})
		for way, sending := range ways(request) {
			if sending.Trailers != nil && len(body) == 1<<20 {
				continue // as in each
			}
			r := b.send(t, sending)
			if r.Status != status || (r.Forwarded != nil) != (status == http.StatusOK) {
				t.Errorf("%.8q %s: status %d, %s, forwarded %v", body, way, r.Status, r.Details, r.Forwarded != nil)
			} else if r.Forwarded != nil && (string(r.Forwarded.Body) != body || len(scenario.Values(r.Forwarded.Headers, "x-fetched")) != 1) {
				t.Errorf("%.8q %s: %d bytes arrived, headers %v", body, way, len(r.Forwarded.Body), r.Forwarded.Headers)
			}
		}
	}
}

// early: the plugin holds headers, the policy does not say so, and a part of the body comes while a guard asks a service. Were
// the headers continued then, that part would go upstream with them, and only the rest would be judged.
func (b judging) early(t *testing.T) {
	for first, status := range map[string]int{"good": http.StatusOK, "bad": http.StatusUnauthorized} {
		for _, two := range []bool{false, true} {
			request := post("")
			request.HTTP2 = two
			request.Headers = append(request.Headers, scenario.Header{Name: "x-fault-first", Value: "1"}, scenario.Header{Name: "x-fault-path", Value: "/slow"})
			r := b.send(t, harness.Sending{Request: request, Pieces: [][]byte{[]byte(first), []byte("good")}, Pause: 300 * time.Millisecond})
			if r.Status != status || (r.Forwarded != nil) != (status == http.StatusOK) {
				t.Errorf("%s, HTTP/2 %t: status %d, %s, forwarded %v", first, two, r.Status, r.Details, r.Forwarded != nil)
			} else if r.Forwarded != nil && string(r.Forwarded.Body) != first+"good" {
				t.Errorf("%s, HTTP/2 %t: %q arrived", first, two, r.Forwarded.Body)
			}
		}
	}
}

// reported: what is only reported arrives whole, also where the verdict came in the middle of it.
func (b judging) reported(t *testing.T) {
	b.listener = "reported " + b.listener
	for body, reason := range map[string]string{"bad": "key-unknown", strings.Repeat("g", 9000): "headers-too-large"} {
		b.each(t, body, func(t *testing.T, r scenario.Result) {
			if r.Status != http.StatusOK || r.Reason != reason || r.Forwarded == nil || string(r.Forwarded.Body) != body {
				t.Errorf("status %d, %s, reason %q, want %s and all that was sent", r.Status, r.Details, r.Reason, reason)
			}
		})
	}
	b.each(t, "zero", b.wantDenied("unjudged")) // that nobody could judge is never let pass
}

// stalled: a body that does not end is ended by the proxy, and its connection's state with it.
func (b judging) stalled(t *testing.T) {
	b.listener = "hurried " + b.listener
	before := b.envoy.Upstream.Count.Load()
	for range 3 {
		c := b.dial(t)
		c.write(head(8, ""), "good")
		if got := c.status(); got != http.StatusRequestTimeout {
			t.Errorf("status %d, want 408", got)
		}
		c.Close()
	}
	if n := b.envoy.Upstream.Count.Load() - before; n != 0 {
		t.Errorf("%d requests reached the upstream", n)
	}
	if r := b.send(t, harness.Whole(post("good"))); r.Status != http.StatusOK {
		t.Errorf("afterwards: status %d, %s", r.Status, r.Details)
	}
}

// edited: behind the body a header can still be given to the upstream, where the headers wait in the plugin.
func (b judging) edited(t *testing.T) {
	b.each(t, "edit", func(t *testing.T, r scenario.Result) {
		if r.Forwarded == nil || !slices.Equal(scenario.Values(r.Forwarded.Headers, "x-late"), []string{"1"}) || string(r.Forwarded.Body) != "edit" {
			t.Errorf("status %d, %s, forwarded %+v", r.Status, r.Details, r.Forwarded)
		}
	})
	t.Run("elsewhere", func(t *testing.T) {
		b.listener = buffered
		b.each(t, "edit", b.wantDenied("host-error"))
	})
}

// connection is one that the test writes to as it likes.
type connection struct {
	net.Conn
	t       *testing.T
	answers *bufio.Reader
}

func (b judging) dial(t *testing.T) connection {
	t.Helper()
	conn, err := net.Dial("tcp", b.envoy.Address(b.listener))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return connection{conn, t, bufio.NewReader(conn)}
}

func (c connection) write(texts ...string) {
	c.t.Helper()
	if _, err := c.Write([]byte(strings.Join(texts, ""))); err != nil {
		c.t.Fatal(err)
	}
}

// status reads the next answer.
func (c connection) status() int {
	c.t.Helper()
	resp, err := http.ReadResponse(c.answers, &http.Request{Method: http.MethodPost})
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := bytes.NewBuffer(nil).ReadFrom(resp.Body); err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode
}

// head is the beginning of a request with a body of a length.
func head(size int, more string) string {
	return fmt.Sprintf("POST /a HTTP/1.1\r\nhost: api.example.com\r\nx-sallyport-fault: body\r\ncontent-length: %d\r\n%s\r\n", size, more)
}

// expecting: a client that waits to be told sends its body, which is judged.
func (b judging) expecting(t *testing.T) {
	for body, want := range map[string]int{"good": http.StatusOK, "bad!": http.StatusUnauthorized} {
		before := b.envoy.Upstream.Count.Load()
		c := b.dial(t)
		c.write(head(len(body), "expect: 100-continue\r\n"))
		if got := c.status(); got != http.StatusContinue {
			t.Fatalf("status %d, want 100", got)
		}
		if n := b.envoy.Upstream.Count.Load() - before; n != 0 {
			t.Errorf("%d requests reached the upstream before the body", n)
		}
		c.write(body)
		if got := c.status(); got != want {
			t.Errorf("%s: status %d, want %d", body, got, want)
		}
		if n := b.envoy.Upstream.Count.Load() - before; (n == 1) != (want == http.StatusOK) {
			t.Errorf("%s: %d requests reached the upstream", body, n)
		}
		c.Close()
	}
}

// pipelined: each of several requests in one segment has its own verdict.
func (b judging) pipelined(t *testing.T) {
	before := b.envoy.Upstream.Count.Load()
	c := b.dial(t)
	defer c.Close()
	c.write(head(4, ""), "good", head(4, ""), "bad!", head(6, ""), "better")
	for i, want := range []int{http.StatusOK, http.StatusUnauthorized, http.StatusOK} {
		if got := c.status(); got != want {
			t.Errorf("answer %d: status %d, want %d", i, got, want)
		}
	}
	if n := b.envoy.Upstream.Count.Load() - before; n != 2 {
		t.Errorf("%d requests reached the upstream, want 2", n)
	}
}

// leftMiB is what clients that leave may leave behind. Kept bodies would be 60.
const leftMiB = 20

// leaving: clients that leave in the middle of a body leave nothing behind, and hinder nobody.
func (b judging) leaving(t *testing.T) {
	before := b.envoy.Upstream.Count.Load()
	var samples []int64
	for i := range 3000 {
		c := b.dial(t)
		c.write(head(60000, ""), "large", strings.Repeat("g", 20000+i%9000))
		c.Close()
		if i%50 == 0 {
			samples = append(samples, rss(t, b.envoy.PID()))
		}
	}
	b.reset(t)
	if n := b.envoy.Upstream.Count.Load() - before; n != 0 {
		t.Errorf("%d requests reached the upstream", n)
	}
	if rise := flat(samples); rise > leftMiB {
		t.Errorf("memory rises by %.1f MiB: %s", rise, mib(samples))
	}
	c := b.dial(t)
	defer c.Close()
	for body, want := range map[string]int{"good": http.StatusOK, "bad!": http.StatusUnauthorized} {
		c.write(head(4, ""), body)
		if got := c.status(); got != want {
			t.Errorf("afterwards, %s: status %d, want %d", body, got, want)
		}
	}
	name := "http." + b.listener + ".downstream_rq_active"
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		stats, err := b.envoy.Stats(t.Context(), "^"+name+"$")
		if err != nil {
			t.Fatal(err)
		}
		if stats[name] == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d requests are still there", stats[name])
		}
	}
}

// leaks shows what the manual says of a listener with neither means: the headers of a request reach the upstream before its
// body is judged. Its body never does.
func (b judging) leaks(t *testing.T) {
	before := b.envoy.Upstream.Count.Load()
	c := b.dial(t)
	defer c.Close()
	c.write(head(8, ""), "bad ")
	for deadline := time.Now().Add(10 * time.Second); b.envoy.Upstream.Count.Load() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the headers do not reach the upstream any more: the manual says that they do")
		}
	}
	c.write("body")
	if got := c.status(); got != http.StatusUnauthorized {
		t.Errorf("status %d, want 401", got)
	}
	for _, f := range b.envoy.Upstream.Arrived() {
		if bytes.Contains(f.Body, []byte("bad")) {
			t.Errorf("the body arrived: %q", f.Body)
		}
	}
}

// leaksBuffered shows what the manual says of a buffer filter in front of the plugin, where Envoy Gateway puts it by itself.
func (b judging) leaksBuffered(t *testing.T) {
	before := b.envoy.Upstream.Count.Load()
	c := b.dial(t)
	defer c.Close()
	for deadline := time.Now().Add(10 * time.Second); b.envoy.Upstream.Count.Load() == before; { // once a connection is open
		c.write(head(4, ""), "good", head(4, ""), "bad!")
		before++
		for _, want := range []int{http.StatusOK, http.StatusUnauthorized} {
			if got := c.status(); got != want {
				t.Errorf("status %d, want %d", got, want)
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("the headers do not reach the upstream any more: the manual says that they do")
		}
	}
}

// reset ends streams of one HTTP/2 connection in the middle of their bodies.
func (b judging) reset(t *testing.T) {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	for range 200 { // Envoy closes a connection on which 250 are reset
		ctx, cancel := context.WithCancel(t.Context())
		reader, writer := io.Pipe()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+b.envoy.Address(b.listener)+"/a", reader)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-sallyport-fault", "body")
		done := make(chan error, 1)
		go func() {
			_, err := transport.RoundTrip(req)
			done <- err
		}()
		if _, err := writer.Write([]byte("large" + strings.Repeat("g", 20000))); err != nil {
			t.Fatal(err, <-done)
		}
		cancel()
		if err := <-done; err == nil {
			t.Fatal("a request whose body does not end is answered")
		}
	}
}
