package signature

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// partKind is what one part of a template is.
type partKind uint8

const (
	partText partKind = iota
	partTimestamp
	partID
	partBody
	partURL
	partMethod
	partHeader
)

var partNames = map[string]partKind{"timestamp": partTimestamp, "id": partID, "body": partBody, "url": partURL, "method": partMethod}

type part struct {
	kind partKind
	text string // of a partText; the name of a header
}

// Template is what is signed, around the body. It is immutable.
type Template struct{ before, after []part }

// Message is what a template is filled with.
type Message struct {
	Timestamp, ID, URL string
	Request            *guard.Request // for method and headers
}

// maxTemplate bounds a template, in bytes.
const maxTemplate = 1024

// parseTemplate reads a template. The problem continues "is …, ".
func parseTemplate(text string) (t Template, problem string) {
	if len(text) > maxTemplate {
		return t, "which is too long"
	}
	bodies, to := 0, &t.before
	for rest := text; rest != ""; {
		p, tail, problem := cutPart(rest)
		if problem != "" {
			return t, problem
		}
		if rest = tail; p.kind == partBody {
			bodies, to = bodies+1, &t.after
			continue
		}
		*to = append(*to, p)
	}
	if bodies != 1 {
		return t, "which does not have {body} once"
	}
	return t, ""
}

// cutPart cuts the first part of a template off.
func cutPart(text string) (p part, rest, problem string) {
	open := strings.IndexAny(text, "{}")
	switch {
	case open < 0:
		return part{text: text}, "", ""
	case open > 0:
		return part{text: text[:open]}, text[open:], ""
	}
	name, rest, closed := strings.Cut(text[1:], "}")
	if text[0] == '}' || !closed {
		return p, "", "which has a brace without its other half"
	}
	if kind, ok := partNames[name]; ok {
		return part{kind: kind}, rest, ""
	}
	if header, ok := strings.CutPrefix(name, "header."); ok && header != "" {
		return part{kind: partHeader, text: strings.ToLower(header)}, rest, ""
	}
	return p, "", "in which {" + name + "} is not known"
}

func (t *Template) has(kind partKind) bool {
	for _, list := range [][]part{t.before, t.after} {
		for i := range list {
			if list[i].kind == kind {
				return true
			}
		}
	}
	return false
}

// Headers returns the names of the headers that are signed.
func (t *Template) Headers() (names []string) {
	for _, list := range [][]part{t.before, t.after} {
		for i := range list {
			if list[i].kind == partHeader {
				names = append(names, list[i].text)
			}
		}
	}
	return names
}

// Before appends what is signed before the body.
func (t *Template) Before(dst []byte, m *Message) []byte { return fill(dst, t.before, m) }

// After appends what is signed after the body.
func (t *Template) After(dst []byte, m *Message) []byte { return fill(dst, t.after, m) }

func fill(dst []byte, parts []part, m *Message) []byte {
	for i := range parts {
		switch p := &parts[i]; p.kind {
		case partText:
			dst = append(dst, p.text...)
		case partTimestamp:
			dst = append(dst, m.Timestamp...)
		case partID:
			dst = append(dst, m.ID...)
		case partURL:
			dst = append(dst, m.URL...)
		case partMethod:
			dst = append(dst, m.Request.Method...)
		case partHeader:
			value, _ := m.Request.Get(p.text)
			dst = append(dst, value...)
		}
	}
	return dst
}

// Parts tells whether an id can stand in the text that is signed: it must not
// hold what parts it from the next part, or from the body before it, or the same
// text could be read as that of another id.
func (t *Template) Parts(id string) bool {
	for _, list := range [][]part{t.before, t.after} {
		for i := range list {
			if list[i].kind == partID && i+1 < len(list) && list[i+1].kind == partText && strings.Contains(id, list[i+1].text) {
				return false
			}
		}
	}
	behind := len(t.after) > 1 && t.after[0].kind == partText && t.after[1].kind == partID
	return !behind || !strings.Contains(id, t.after[0].text)
}
