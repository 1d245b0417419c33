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
// alone because each has a connection of its own. A port comes again: entries from
// before the request, which nobody has asked for, are those of others.
type accessLog struct {
	path    string
	mu      sync.Mutex
	read    int64
	entries map[string]placed
}

// placed is an entry, and where it stands in the log.
type placed struct {
	Entry
	at int64
}

// size returns how long the log is now.
func (l *accessLog) size() (int64, error) {
	info, err := os.Stat(l.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// await returns the entry of a peer, from a place in the log on, once Envoy has written it.
func (l *accessLog) await(ctx context.Context, peer string, from int64) (Entry, error) {
	for {
		entry, ok, err := l.take(peer)
		if err != nil || ok && entry.at >= from {
			return entry.Entry, err
		}
		select {
		case <-ctx.Done():
			return Entry{}, fmt.Errorf("the access log has no entry of %s: %w", peer, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// take reads what is new and removes the entry of a peer, if it is there.
func (l *accessLog) take(peer string) (placed, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, err := os.Open(l.path)
	if err != nil {
		return placed{}, false, err
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
		return placed{}, false, err
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
			return placed{}, false, fmt.Errorf("access log %q: %w", line, err)
		}
		l.entries[entry.Peer] = placed{entry, l.read - int64(len(line)+1)}
	}
	entry, ok := l.entries[peer]
	delete(l.entries, peer)
	return entry, ok, nil
}
