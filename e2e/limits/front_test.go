package limits

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// front stands before webdis, counts what it is asked, and spoils answers.
type front struct {
	address string
	asked   atomic.Int64
	spoiled atomic.Pointer[http.HandlerFunc] // nil: it passes on
	webdis  http.Handler
}

func newFront(t *testing.T, webdis string) *front {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: webdis})
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	proxy.Transport, proxy.ErrorLog = transport, log.New(io.Discard, "", 0) // clients that leave are no news
	f := &front{webdis: proxy}
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = proxy.ErrorLog
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		transport.CloseIdleConnections()
	})
	f.address = server.Listener.Addr().String()
	return f
}

// spoil sets the answer to all that is asked from now on; nil: webdis' own.
func (f *front) spoil(answer http.HandlerFunc) {
	if answer == nil {
		f.spoiled.Store(nil)
		return
	}
	f.spoiled.Store(&answer)
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked.Add(1)
	if answer := f.spoiled.Load(); answer != nil {
		(*answer)(w, r)
		return
	}
	f.webdis.ServeHTTP(w, r)
}

// late has webdis answer after a while.
func (f *front) late(w http.ResponseWriter, r *http.Request) {
	time.Sleep(200 * time.Millisecond)
	f.webdis.ServeHTTP(w, r)
}

// garbage are answers that are none.
var garbage = map[string]http.HandlerFunc{
	"an empty answer":            says(200, ""),
	"a web page":                 says(200, "<html><body>It works!</body></html>"),
	"a nested answer":            says(200, `{"EVALSHA":{"EVALSHA":[0,4,0,0,0]}}`),
	"one number":                 says(200, `{"EVALSHA":[0]}`),
	"allowed and nothing else":   says(200, `{"EVALSHA":true}`),
	"numbers beyond all bounds":  says(200, `{"EVALSHA":[0,99999999999999999999,0,0,0]}`),
	"two members":                says(200, `{"EVALSHA":[0,4,0,0,0],"EVALSHA":[0,4,0,0,0]}`),
	"text behind it":             says(200, `{"EVALSHA":[0,4,0,0,0]}{}`),
	"too much":                   says(200, `{"EVALSHA":[0,4,0,0,0]`+strings.Repeat(" ", 1<<20)+`}`),
	"an error with status 200":   says(200, `{"EVALSHA":[false,"ERR no"]}`),
	"an unknown script for ever": says(200, `{"EVALSHA":[false,"NOSCRIPT No matching script. Please use EVAL."]}`),
	"status 500":                 says(500, `{"EVALSHA":[0,4,0,0,0]}`),
	"status 403":                 says(403, ""),
	"a redirect":                 says(302, ""),
	"half an answer":             half,
	"a broken connection":        broken,
	"no answer":                  never,
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		if _, err := io.WriteString(w, body); err != nil {
			return // the proxy does not read it all
		}
	}
}

// half promises more than it sends.
func half(w http.ResponseWriter, _ *http.Request) {
	hijacked(w, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 24\r\n\r\n"+`{"EVALSHA":`)
}

func broken(w http.ResponseWriter, _ *http.Request) { hijacked(w, "") }

func hijacked(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // HTTP/1.1 can be
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		return // the proxy left
	}
	if tcp, ok := conn.(*net.TCPConn); ok && text == "" {
		tcp.SetLinger(0) // a reset, not an end
	}
}

// never answers as long as somebody waits, which the server only notices when the
// body was read.
func never(_ http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err == nil {
		<-r.Context().Done()
	}
}
