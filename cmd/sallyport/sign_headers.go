package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/signature"
)

// drawn is a world that has nothing but randomness.
type drawn struct {
	guard.World
	from io.Reader
}

func (d drawn) Random(b []byte) error {
	_, err := io.ReadFull(d.from, b)
	return err
}

// signed returns the headers of a signature. r.Target becomes the address that is
// called, where the scheme signs it.
func (t *tool) signed(s signing, scheme *signature.Scheme, key signature.Key, r *guard.Request, body []byte) ([]guard.Header, error) {
	m := signature.Message{Timestamp: s.timestamp, ID: s.id, Request: r}
	if m.Timestamp == "" {
		m.Timestamp = string(scheme.Unit.Append(nil, t.now().UnixNano()))
	}
	if m.ID == "" && scheme.Identified() {
		id, err := signature.NewID(nil, drawn{from: t.random})
		if err != nil {
			return nil, err
		}
		m.ID = string(id)
	}
	for _, name := range scheme.Signed.Headers() {
		if _, count := r.Get(name); count != 1 {
			return nil, fmt.Errorf("the scheme signs the header %s: write it once, by --header", document.Quote(name))
		}
	}
	if scheme.CallsURL() {
		m.URL = scheme.URL(&r.Scratch, "", "")
		r.Target = m.URL
	}
	text, err := signedText(scheme, &m, body)
	if err != nil {
		return nil, err
	}
	sum := scheme.Sum(&key, text)
	if len(sum) == 0 {
		return nil, errors.New("the secret cannot sign in this scheme")
	}
	list, n := scheme.Headers(&r.Scratch, &key, &m, sum)
	return list[:n], nil
}

// signedText is the text that is signed.
func signedText(scheme *signature.Scheme, m *signature.Message, body []byte) ([]byte, error) {
	contentType, _ := m.Request.Get("content-type")
	switch {
	case !scheme.Form:
		return scheme.Signed.After(append(scheme.Signed.Before(nil, m), body...), m), nil
	case len(body) == 0:
		return []byte(m.URL), nil
	case signature.IsForm(contentType):
		var form signature.Form
		if !form.Read(body) {
			return nil, fmt.Errorf("%w: the body is no form", errWrong)
		}
		return form.Append([]byte(m.URL)), nil
	}
	base, query, _ := strings.Cut(m.URL, "?")
	m.URL = base + "?" + string(signature.AppendBodyHash([]byte(query), body))
	m.Request.Target = m.URL
	return []byte(m.URL), nil
}

// curl is a command that sends the request.
func curl(s signing, file string, r *guard.Request, headers []guard.Header) string {
	url := s.curl
	if _, query, ok := strings.Cut(r.Target, "?"); ok && s.scheme == "twilio" {
		base, _, _ := strings.Cut(url, "?")
		url = base + "?" + query
	}
	var b strings.Builder
	b.WriteString("curl -X " + quoted(s.method) + " " + quoted(url))
	for _, h := range append(append([]guard.Header(nil), r.Headers...), headers...) {
		b.WriteString(" -H " + quoted(h.Name+": "+h.Value))
	}
	b.WriteString(" --data-binary " + quoted("@"+file))
	return b.String()
}

// quoted writes a text so that a shell reads it as one word.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
