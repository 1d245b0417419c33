package harness

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sallyport.dev/sallyport/internal/scenario"
)

// taskPath is what the module with faults asks for without a request, and
// fetchedPath is in the paths of documents that a policy fetches when it wants to.
const (
	taskPath    = "/task"
	fetchedPath = "/fetched/"
)

// Service is a server that the module calls; it answers as scenarios say.
type Service struct {
	Address string
	Asked   atomic.Int64
	answers []scenario.Answer
}

// NewService starts one that ends with the test.
func NewService(t testing.TB, answers []scenario.Answer) *Service {
	t.Helper()
	s := &Service{answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.Address = server.Listener.Addr().String()
	return s
}

// ServeHTTP counts and answers.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != taskPath && !strings.Contains(r.URL.Path, fetchedPath) {
		s.Asked.Add(1)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the proxy has gone
	}
	up := scenario.Serve(s.answers, r.Method, r.RequestURI, body)
	for _, h := range up.Headers {
		w.Header().Add(h.Name, h.Value)
	}
	w.WriteHeader(up.Status)
	if _, err := w.Write(up.Body); err != nil {
		return // the proxy does not wait any more
	}
}
