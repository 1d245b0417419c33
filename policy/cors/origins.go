package cors

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/origin"
)

// null is the origin of pages that have none of their own: sandboxed frames,
// files, and what was redirected (RFC 6454 section 6.2).
const null = "null"

// maxOrigin is longer than any origin that is worth to be read: a scheme, the
// longest host and a port.
const maxOrigin = 320

// origins is which origins a section names. The zero value names none.
type origins struct {
	any   bool // every one, without credentials
	null  bool
	exact map[origin.Origin]bool
	// written are those of exact as browsers write them, so that most need not be
	// parsed. Key and value are the same text.
	written   map[string]string
	wildcards []origin.Origin // the host is what stands behind '*', ".example.com"
}

// named returns an origin as a response tells it, if the section names it. The
// answer lives as long as the stream: the field is gone when the response comes.
func (o *origins) named(text string, scratch *guard.Scratch) (told string, ok bool) {
	if told, ok = o.written[text]; ok {
		return told, true
	}
	if text == null && o.null {
		return null, true
	}
	from, ok := parse(text, scratch)
	if !ok || !o.exact[from] && !o.below(from) {
		return "", false
	}
	return scratch.Keep(append(scratch.Free(), text...)), true
}

// below tells whether an origin is a subdomain of one that the section names with
// a wildcard. The dot is part of the pattern and the end is compared: neither
// evilexample.com nor app.example.com.evil.net is below example.com.
func (o *origins) below(from origin.Origin) bool {
	for i := range o.wildcards {
		w := &o.wildcards[i]
		if len(from.Host) > len(w.Host) && strings.HasSuffix(from.Host, w.Host) && w.Scheme == from.Scheme && w.Port == from.Port {
			return true
		}
	}
	return false
}

// parse reads one origin. What is longer than any can be is none.
func parse(text string, scratch *guard.Scratch) (o origin.Origin, ok bool) {
	if len(text) > maxOrigin {
		return origin.Origin{}, false
	}
	return origin.Parse(text, scratch)
}

// isOrigin tells whether a text is what browsers send as one.
func isOrigin(text string, scratch *guard.Scratch) bool {
	_, ok := parse(text, scratch)
	return ok || text == null
}

// write writes an origin as browsers do.
func write(o origin.Origin) string {
	if o.Port == "" {
		return o.Scheme + "://" + o.Host
	}
	return o.Scheme + "://" + o.Host + ":" + o.Port
}
