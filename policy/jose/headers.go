package jose

import "strings"

// The bounds of Headers.
const (
	maxHeaders    = 16
	maxHeaderText = 1 << 10
)

// Headers remembers the headers of tokens as they were written: those of one
// issuer hardly differ, and reading one takes longer than the claims. A header
// says the same each time, whoever wrote it, so what is remembered cannot be out
// of date; which key verifies a token is asked each time. The zero value is
// empty, nil remembers nothing. It is not safe for use by several goroutines at
// once.
type Headers struct {
	list [maxHeaders]knownHeader
	next int // the place that is used next
}

type knownHeader struct {
	text   string
	header Header
}

func (h *Headers) find(text string) *knownHeader {
	if h == nil || text == "" {
		return nil
	}
	for i := range h.list {
		if h.list[i].text == text {
			return &h.list[i]
		}
	}
	return nil
}

// Remember keeps the header of a token, in the place of the one that was kept
// first. It is for tokens that were verified: nobody else shall push one out.
func (h *Headers) Remember(t *Token) {
	if h == nil || len(t.first) > maxHeaderText || t.Header.JWK != nil || h.find(t.first) != nil {
		return
	}
	h.list[h.next] = knownHeader{strings.Clone(t.first), t.Header}
	h.next = (h.next + 1) % maxHeaders
}
