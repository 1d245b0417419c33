package proxy

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxAnswer bounds what is read from the admin interface.
const maxAnswer = 64 << 20

// Get asks the admin interface.
func (e *Envoy) Get(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.Admin+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("admin %s: status %d", path, resp.StatusCode)
	}
	return string(body), err
}

// Listeners returns the address of each listener by its name.
func (e *Envoy) Listeners(ctx context.Context) (map[string]string, error) {
	text, err := e.Get(ctx, "/listeners?format=json")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Statuses []struct {
			Name    string `json:"name"`
			Address struct {
				Socket struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return nil, fmt.Errorf("admin /listeners: %w", err)
	}
	addresses := map[string]string{}
	for _, l := range answer.Statuses {
		addresses[l.Name] = l.Address.Socket.Address + ":" + strconv.Itoa(l.Address.Socket.Port)
	}
	return addresses, nil
}

// Stats returns the counters and gauges whose names match a regular expression.
func (e *Envoy) Stats(ctx context.Context, filter string) (map[string]int64, error) {
	text, err := e.Get(ctx, "/stats?type=All&filter="+url.QueryEscape(filter))
	if err != nil {
		return nil, err
	}
	stats := map[string]int64{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if n, err := strconv.ParseInt(value, 10, 64); ok && err == nil {
			stats[name] = n
		}
	}
	return stats, nil
}
