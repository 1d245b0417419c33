package main

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport.dev/sallyport/policy/document"
)

// rotation is what becomes of a policy.
type rotation struct {
	text    []byte         // the policy
	client  jsontext.Value // the client's entry in it
	remarks []string
}

// rotate puts a new key among those of a client. text is a policy that
// compiles. What it has in the entries beside "expires" stays as it is written.
func rotate(text []byte, h holder, added keyEntry, now time.Time, overlap string) (*rotation, error) {
	end, err := ends(overlap, now)
	if err != nil {
		return nil, err
	}
	start, stop, err := span(text, h.at.AppendToken("keys"))
	if err != nil {
		return nil, err
	}
	r := &rotation{}
	kept, err := r.keep(text[start:stop], h.client.Keys, now, end)
	if err != nil {
		return nil, err
	}
	entry, err := json.Marshal(added)
	if err != nil {
		return nil, err
	}
	r.remark(added.ID, "is new")
	list, err := layOut(append(kept, entry), indentation(text, start), newline(text))
	if err != nil {
		return nil, err
	}
	r.text = bytes.Join([][]byte{text[:start], list, text[stop:]}, nil)
	start, stop, err = span(r.text, h.at)
	if err != nil {
		return nil, err
	}
	r.client = bytes.Clone(r.text[start:stop])
	return r, r.client.Indent(jsontext.WithIndent("  "))
}

// keep returns the entries of the old keys that stay, each with the time at
// which it ends now.
func (r *rotation) keep(list []byte, keys []document.Key, now, end time.Time) (kept []jsontext.Value, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(list))
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for i := range keys {
		entry, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		if entry, err = r.decide(entry.Clone(), &keys[i], now, end); err != nil {
			return nil, err
		}
		if entry != nil {
			kept = append(kept, entry)
		}
	}
	return kept, nil
}

// decide returns what becomes of an old key's entry; nil: it is left out.
func (r *rotation) decide(entry jsontext.Value, k *document.Key, now, end time.Time) (jsontext.Value, error) {
	switch from, until := int64(k.NotBefore), int64(k.Expires); {
	case until != 0 && until <= now.UnixNano():
		r.remark(k.ID, "has expired and is left out")
	case from > now.UnixNano():
		r.remark(k.ID, "is not valid yet and stays as it is")
		return entry, nil
	case !end.After(now):
		r.remark(k.ID, "is left out: with the new policy it is refused")
	case until != 0 && until <= end.UnixNano():
		r.remark(k.ID, "expires on "+written(time.Unix(0, until))+" and stays as it is")
		return entry, nil
	default:
		r.remark(k.ID, "now expires on "+written(end))
		return withExpires(entry, written(end))
	}
	return nil, nil
}

func (r *rotation) remark(key, text string) {
	r.remarks = append(r.remarks, "key "+document.Quote(key)+" "+text)
}

// written is a time as the policy writes it.
func written(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// withExpires returns a key's entry with another end, behind its other members.
func withExpires(entry jsontext.Value, expires string) (jsontext.Value, error) {
	d := jsontext.NewDecoder(bytes.NewReader(entry))
	var out bytes.Buffer
	out.WriteByte('{')
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		member := append(name.Clone(), ':')
		is, err := jsontext.AppendUnquote(nil, name)
		if err != nil {
			return nil, err
		}
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		if string(is) != "expires" {
			out.Write(append(append(member, value...), ','))
		}
	}
	out.WriteString(`"expires":"` + expires + `"}`)
	return out.Bytes(), nil
}
