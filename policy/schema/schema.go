// Package schema writes what the types of package document say in other forms:
// JSON is a JSON Schema for editors and for `sallyport schema`, Markdown is the
// manual's reference of the policy. Both come from the struct tags that the
// decoder reads, so the three cannot differ.
//
// It is for the tool and for tests. The module does not import it.
package schema

//go:generate go run ./gen

import (
	"bytes"
	"encoding/json"
	"reflect"

	"sallyport.dev/sallyport/policy/document"
)

// ID is the address by which the schema is known.
const ID = "https://sallyport.dev/policy.schema.json"

// JSON returns the JSON Schema (draft 2020-12) of a policy. What the decoder
// accepts as a sound document the schema accepts too; sections that are not
// supported yet are in it, and say so.
func JSON() []byte {
	w := writer{defs: map[string]fragment{}}
	root := fragment{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", ID},
		{"title", "Sallyport policy"},
	}
	root = append(root, w.object(reflect.TypeFor[document.Document]())...)
	root = append(root, keyword{"$defs", w.sorted()})
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic(err) // a default that is not JSON: the tests have called this
	}
	return out.Bytes()
}

// fragment is an object of a schema whose members keep their order.
type fragment []keyword

type keyword struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (f fragment) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for i, k := range f {
		out.WriteByte("{,"[min(i, 1)])
		if err := encoder.Encode(k.name); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := encoder.Encode(k.value); err != nil {
			return nil, err
		}
	}
	if len(f) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
