package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// logFields is the format of the access log: Entry's members.
var logFields = object{
	"peer":     "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
	"upstream": "%UPSTREAM_HOST%",
	"details":  "%RESPONSE_CODE_DETAILS%",
	"flags":    "%RESPONSE_FLAGS%",
	"reason":   "%FILTER_STATE(wasm.sallyport_reason:PLAIN)%",
	"route":    "%FILTER_STATE(wasm.sallyport_route:PLAIN)%",
}

// Entry is one line of the access log.
type Entry struct{ Peer, Upstream, Details, Flags, Reason, Route string }

// accessLog finds entries by the client's own address, which is one request's
// alone because each has a connection of its own.
type accessLog struct {
	path    string
	mu      sync.Mutex
	read    int64
	entries map[string]Entry
}

// await returns the entry of a peer once Envoy has written it.
func (l *accessLog) await(ctx context.Context, peer string) (Entry, error) {
	for {
		entry, ok, err := l.take(peer)
		if ok || err != nil {
			return entry, err
		}
		select {
		case <-ctx.Done():
			return Entry{}, fmt.Errorf("the access log has no entry of %s: %w", peer, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// take reads what is new and removes the entry of a peer, if it is there.
func (l *accessLog) take(peer string) (Entry, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, err := os.Open(l.path)
	if err != nil {
		return Entry{}, false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() == l.read {
		entry, ok := l.entries[peer]
		delete(l.entries, peer)
		return entry, ok, err
	}
	fresh := make([]byte, info.Size()-l.read)
	if _, err := file.ReadAt(fresh, l.read); err != nil {
		return Entry{}, false, err
	}
	for {
		line, rest, whole := bytes.Cut(fresh, []byte("\n"))
		if !whole {
			break
		}
		l.read += int64(len(line) + 1)
		fresh = rest
		var entry Entry
		if err := json.Unmarshal(line, &entry); err != nil {
			return Entry{}, false, fmt.Errorf("access log %q: %w", line, err)
		}
		l.entries[entry.Peer] = entry
	}
	entry, ok := l.entries[peer]
	delete(l.entries, peer)
	return entry, ok, nil
}
