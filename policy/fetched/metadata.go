package fetched

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// errMetadata is why metadata are refused; who fetches them is told no more.
var errMetadata = errors.New("fetched: these are not the metadata of the issuer")

// metadataDepth bounds the lists and objects inside one another.
const metadataDepth = 16

// metadata are what an issuer says of itself: the one member that is used.
type metadata struct{ keys Address }

// parseMetadata reads the metadata of an issuer. That they name the very issuer
// whose address they were asked from keeps one issuer from speaking for another
// (OpenID Connect Discovery 1.0 section 4.3, RFC 8414 section 3.3). Members that
// stand twice are refused.
func parseMetadata(body []byte, issuer string) (*metadata, error) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	texts, err := members(d, "issuer", "jwks_uri")
	if err != nil || texts[0] != issuer {
		return nil, errMetadata
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return nil, errMetadata
	}
	keys, err := ParseURL(texts[1])
	if err != nil {
		return nil, errMetadata
	}
	return &metadata{keys}, nil
}

// members reads an object and returns the texts of two of its members; empty
// for one that is missing.
func members(d *jsontext.Decoder, names ...string) ([]string, error) {
	texts := make([]string, len(names))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errMetadata
	}
	for {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		if name.Kind() == '}' {
			return texts, nil
		}
		at := index(names, name.String())
		if at < 0 {
			err = skip(d)
		} else {
			texts[at], err = readText(d)
		}
		if err != nil {
			return nil, err
		}
	}
}

func index(names []string, name string) int {
	for i := range names {
		if names[i] == name {
			return i
		}
	}
	return -1
}

func readText(d *jsontext.Decoder) (string, error) {
	t, err := d.ReadToken()
	if err != nil || t.Kind() != '"' {
		return "", errMetadata
	}
	return t.String(), nil
}

// skip reads a value that is not used. It does so by tokens, since the decoder's
// own way is recursive and the VM's stack ends where no recover helps.
func skip(d *jsontext.Decoder) error {
	for outer := d.StackDepth(); ; {
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		switch depth := d.StackDepth(); {
		case depth <= outer:
			return nil
		case depth > metadataDepth:
			return errMetadata
		}
	}
}
