package proxywasm

import (
	"errors"
	"fmt"
)

// Status is the result of a host call, as the ABI numbers it.
type Status uint32

// The statuses that Envoy returns.
const (
	StatusOK              Status = 0
	StatusNotFound        Status = 1
	StatusBadArgument     Status = 2
	StatusSerialization   Status = 3
	StatusEmpty           Status = 7
	StatusCASMismatch     Status = 8
	StatusInternalFailure Status = 10
)

// ErrHost is the class of every failed host call.
var ErrHost = errors.New("proxywasm: host call failed")

// The failures that a caller acts on.
var (
	ErrNotFound    = fmt.Errorf("%w: not found", ErrHost)
	ErrCASMismatch = fmt.Errorf("%w: compare-and-swap mismatch", ErrHost)
	errOther       = [...]error{
		StatusBadArgument:     fmt.Errorf("%w: bad argument", ErrHost),
		StatusSerialization:   fmt.Errorf("%w: serialization failure", ErrHost),
		StatusInternalFailure: fmt.Errorf("%w: internal failure", ErrHost),
	}
)

// Err returns nil for StatusOK and an error of class ErrHost for anything else.
func (s Status) Err() error {
	if s == StatusOK {
		return nil
	}
	return s.failure()
}

func (s Status) failure() error {
	switch s {
	case StatusNotFound:
		return ErrNotFound
	case StatusCASMismatch:
		return ErrCASMismatch
	}
	if int(s) < len(errOther) && errOther[s] != nil {
		return errOther[s]
	}
	return ErrHost
}

// HeaderMap names one of the maps of a stream.
type HeaderMap uint32

// The maps that Sallyport reads or edits.
const (
	RequestHeaders  HeaderMap = 0
	RequestTrailers HeaderMap = 1
	ResponseHeaders HeaderMap = 2
	CallHeaders     HeaderMap = 6 // of the answer to a call, in its callback
)

// Action is what a header callback tells the host. The zero value of the ABI
// is "continue", so callbacks name their result and set it to Pause first.
type Action uint32

// The actions.
const (
	Continue Action = 0
	Pause    Action = 1
)

// Level is the severity of a log line.
type Level uint32

// The levels that Sallyport uses.
const (
	Info  Level = 2
	Warn  Level = 3
	Error Level = 4
)

// LocalResponse is an answer that the proxy gives instead of the upstream.
type LocalResponse struct {
	Status  int
	Details string // response code details of the access log
	Headers [][2]string
	Body    string
	GRPC    int // grpc-status for gRPC requests; -1 lets the proxy map the HTTP status
}

// HTTPCall is a request to a cluster of the proxy's. Envoy refuses one without
// :method, :path and :authority, and waits for ever when the timeout is zero.
type HTTPCall struct {
	Cluster string
	Headers [][2]string
	Body    []byte
	Timeout uint32 // milliseconds
}

// Host is what the proxy offers. Bytes that it returns stand in the arena and
// are valid until the current callback returns.
type Host interface {
	// HeaderPairs returns a whole map, serialised; see ReadPairs.
	HeaderPairs(m HeaderMap) ([]byte, error)
	AddHeader(m HeaderMap, name, value string) error
	ReplaceHeader(m HeaderMap, name, value string) error
	RemoveHeader(m HeaderMap, name string) error
	// SendLocalResponse ends the stream. It is carried out after the callback.
	SendLocalResponse(r LocalResponse) error
	// CloseStream resets the stream: the client gets no answer, the upstream
	// nothing.
	CloseStream() error
	// ContinueStream lets a request go on that a callback paused.
	ContinueStream() error
	// SetEffectiveContext makes the calls that follow in this callback those of
	// another context.
	SetEffectiveContext(id uint32) error
	// DispatchCall sends a request. Its answer comes to the context that was
	// effective, as a callback with the token.
	DispatchCall(c HTTPCall) (token uint32, err error)
	// CallBody returns at most so many bytes of the answer's body, in its callback.
	CallBody(size uint32) ([]byte, error)
	// RequestBody returns at most so many bytes of the request's body, as far as
	// it is held back, from an offset on. Each call may use the memory of the last
	// one again.
	RequestBody(start, size uint32) ([]byte, error)
	// Property reads an attribute; path segments are separated by NUL.
	Property(path string) ([]byte, error)
	// SetProperty writes filter state, readable as wasm.<path>.
	SetProperty(path, value string) error
	SharedData(key string) (value []byte, cas uint32, err error)
	SetSharedData(key string, value []byte, cas uint32) error
	// CallForeign calls a function that the proxy offers by name.
	CallForeign(name string, argument []byte) ([]byte, error)
	// SetTickPeriod has the proxy tick so often; it is said once, for a plugin.
	SetTickPeriod(milliseconds uint32) error
	// PluginConfiguration returns the configuration of the plugin.
	PluginConfiguration() ([]byte, error)
	// Now returns the Unix time in nanoseconds.
	Now() (int64, error)
	DefineCounter(name string) (id uint32, err error)
	Increment(id uint32) error
	Log(l Level, line string)
	// Random fills b from the system's source of randomness.
	Random(b []byte) error
	// Env returns a variable of the VM's environment.
	Env(name string) (string, bool)
}
