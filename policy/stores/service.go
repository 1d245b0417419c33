package stores

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport.dev/sallyport/policy/guard"
)

// Descriptor is what a rate-limit service is told of a limit beside its
// entries. It is read only.
type Descriptor struct{ override string }

// MaxOverride is the largest limit that a rate-limit service takes.
const MaxOverride = 1<<32 - 1

// NewDescriptor returns the descriptor of a limit that the service's own
// configuration decides.
func NewDescriptor() *Descriptor { return &Descriptor{} }

// NewOverride returns the descriptor of a limit for each "hour" or "day", which
// the service is told.
func NewOverride(limit int64, per string) *Descriptor {
	return &Descriptor{override: `,"limit":{"requestsPerUnit":` + strconv.FormatInt(limit, 10) + `,"unit":"` + strings.ToUpper(per) + `"}`}
}

// askService asks about all descriptors in one call.
func (s *Store) askService(w guard.World, q *query) (denied int, err error) {
	call := s.call(serviceCall(nil, s.domain, q.asks), serviceMax(len(q.asks)))
	return q.fetch(w, call, func(a guard.Answer, levels []Level) (int, error) {
		// 400 is a request that it does not take, and a Redis that does not answer.
		if a.Status != statusOK && a.Status != statusOver {
			return 0, errStatus
		}
		return readService(a.Body, a.Status == statusOver, levels)
	})
}

const (
	statusOK   = 200
	statusOver = 429
)

// settleService is the call that charges what was not asked for before; empty
// where that is nothing.
func settleService(domain string, asks []Ask) []byte {
	var more []Ask
	for i := range asks {
		if asks[i].Tokens > 0 {
			more = append(more, asks[i])
		}
	}
	if len(more) == 0 {
		return nil
	}
	return serviceCall(nil, domain, more)
}

// serviceCall appends a RateLimitRequest as JSON.
func serviceCall(b []byte, domain string, asks []Ask) []byte {
	b = quote(append(b, `{"domain":`...), domain)
	b = append(b, `,"descriptors":[`...)
	for i := range asks {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendDescriptor(b, &asks[i])
	}
	return append(b, "]}"...)
}

func appendDescriptor(b []byte, a *Ask) []byte {
	b = append(b, `{"entries":[`...)
	for i, e := range a.Entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(append(b, `{"key":`...), e.Key)
		b = quote(append(b, `,"value":`...), e.Value)
		b = append(b, '}')
	}
	b = append(append(b, ']'), a.Descriptor.override...)
	b = strconv.AppendInt(append(b, `,"hitsAddend":`...), a.Tokens, 10)
	return append(b, '}')
}

// longest is how much of a value the service is told.
const longest = 64

// entryWords are the keys of entries, or what they begin with.
var entryWords = []string{"_limit_", "_client_", "_tenant_", "_ip_", "_route_", "_method_", "_plan_", "_path.", "_header.", "_claim."}

// Tell returns an entry. The service is told the value itself, or its hash where
// hash says so, or the value is long, or no UTF-8, or could be read as an entry.
// The service joins keys and values with '_' to name a counter: a client that
// writes "a_client_b" must not find the counter of another, nor one without a
// plan that writes "a_plan_gold" that of a. So all words are looked for, not
// those of this request's entries.
//
// Nothing of the value is held: a client may send 60 KiB, and has time to.
func Tell(key, value string, hash bool) Entry {
	switch {
	case key == "limit": // see IsTold
	case hash || len(value) > longest || !utf8.ValidString(value) || strings.Contains(value, "_") && holdsWord("_"+value+"_"):
		return Entry{key, hashed(value)}
	}
	return Entry{key, strings.Clone(value)}
}

func holdsWord(text string) bool {
	return slices.ContainsFunc(entryWords, func(word string) bool { return strings.Contains(text, word) })
}

// IsTold tells whether a limit of that name can be told apart where the service
// joins it with its entries. Its configuration names limits, so no name is hashed.
func IsTold(name string) bool { return !holdsWord(name) }

// hashed is how a value is told that is not told itself. No value that is looks
// so: it is too long.
func hashed(value string) string {
	sum := sha256.Sum256([]byte(value))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// quote appends a JSON string. What is no UTF-8 does not come here: see Tell.
func quote(b []byte, text string) []byte {
	quoted, err := jsontext.AppendQuote(b, text)
	if err != nil {
		return append(b, `""`...)
	}
	return quoted
}
