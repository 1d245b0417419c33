package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// seen is what the sample upstream tells of a request that reached it.
type seen struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Client string `json:"client"` // who calls, as Sallyport says
	Key    string `json:"key"`    // empty: the key stays at the door
}

// startUpstream starts the sample upstream, which ends with the context.
func startUpstream(ctx context.Context) (*net.TCPAddr, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return nil, fmt.Errorf("%s is no TCP address", listener.Addr())
	}
	server := &http.Server{Handler: http.HandlerFunc(answer), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() {
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "demo: the upstream:", err)
		}
	})
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "demo: the upstream:", err)
		}
	}()
	return address, nil
}

func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("content-type", "application/json")
	w.Header().Set("x-powered-by", "demo") // does not reach the client
	tell := seen{r.Method, r.URL.EscapedPath(), r.Header.Get("x-client-id"), r.Header.Get("x-api-key")}
	if err := json.NewEncoder(w).Encode(tell); err != nil {
		return // the client left
	}
}
