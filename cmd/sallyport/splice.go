package main

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// span returns where the object or list at a pointer stands in a JSON text.
func span(text []byte, at jsontext.Pointer) (start, stop int64, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return 0, 0, fmt.Errorf("%s is not in the policy: %w", at, err)
		}
		if kind := token.Kind(); (kind == '{' || kind == '[') && d.StackPointer() == at {
			break
		}
	}
	start = d.InputOffset() - 1
	for depth := d.StackDepth(); d.StackDepth() >= depth; {
		if _, err := d.ReadToken(); err != nil {
			return 0, 0, err
		}
	}
	return start, d.InputOffset(), nil
}

// layOut writes a list with one entry on a line. indent is what the line of the
// list begins with.
func layOut(entries []jsontext.Value, indent, newline string) ([]byte, error) {
	deeper := indent + "  "
	if len(indent) > 0 && indent[len(indent)-1] == '\t' {
		deeper = indent + "\t"
	}
	var out bytes.Buffer
	out.WriteByte('[')
	for i, entry := range entries {
		if err := entry.Format(jsontext.PreserveRawStrings(true), jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true)); err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(newline + deeper)
		out.Write(entry)
	}
	out.WriteString(newline + indent + "]")
	return out.Bytes(), nil
}

// indentation returns the white space that the line of an offset begins with.
func indentation(text []byte, at int64) string {
	line := text[bytes.LastIndexByte(text[:at], '\n')+1 : at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// newline returns what ends the lines of a text.
func newline(text []byte) string {
	if bytes.Contains(text, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}
