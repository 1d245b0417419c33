package harness

import (
	"context"
	"slices"
	"testing"
	"time"

	"sallyport.dev/sallyport/internal/scenario"
)

// TestTransparency shows that the harness itself changes nothing: through a
// module that does nothing, what is sent arrives, byte for byte.
func TestTransparency(t *testing.T) {
	e := Start(t, Config{Version: Versions()[0], Artefact: Empty, Listeners: []Listener{{Name: "empty", Policy: []byte("{}")}}})
	for name, req := range map[string]scenario.Request{
		"odd path":  {Method: "GET", Target: "/a%2fb//c/../d?x=%zz&y", Headers: []scenario.Header{{Name: "host", Value: "h:80"}, {Name: "x-api-key", Value: "1"}, {Name: "x-api-key", Value: "2"}}},
		"body":      {Method: "POST", Target: "/", Body: []byte("hello"), Headers: []scenario.Header{{Name: "host", Value: "h"}}},
		"HTTP/2":    {Method: "GET", Target: "/a%2fb//c/../d?x=%zz&y", HTTP2: true, Headers: []scenario.Header{{Name: "host", Value: "h"}, {Name: "x-api-key", Value: "1"}}},
		"big":       {Method: "GET", Target: "/", Headers: []scenario.Header{{Name: "host", Value: "h"}, {Name: "x-big", Value: bigValue()}}},
		"http2 big": {Method: "GET", Target: "/", HTTP2: true, Headers: []scenario.Header{{Name: "host", Value: "h"}, {Name: "x-big", Value: bigValue()}}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			got, err := e.Runner("empty").Do(ctx, req, scenario.Upstream{Status: 201, Headers: []scenario.Header{{Name: "x-up", Value: "1"}}, Body: []byte("b")})
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != 201 || string(got.Body) != "b" || !slices.Equal(scenario.Values(got.Headers, "x-up"), []string{"1"}) {
				t.Errorf("received %+v", got)
			}
			if got.Forwarded == nil || got.Forwarded.Target != req.Target || got.Forwarded.Method != req.Method || got.Details != "via_upstream" {
				t.Fatalf("forwarded %+v, details %q", got.Forwarded, got.Details)
			}
			for _, h := range req.Headers {
				if want := scenario.Values(req.Headers, h.Name); !slices.Equal(scenario.Values(got.Forwarded.Headers, h.Name), want) {
					t.Errorf("%s arrived as %q, want %q", h.Name, scenario.Values(got.Forwarded.Headers, h.Name), want)
				}
			}
		})
	}
}

func bigValue() string { return string(slices.Repeat([]byte("a"), 40<<10)) }
