package document

import (
	"bytes"

	"sort"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Sort finds where each problem stands in a document and brings the problems
// into the document's order. A problem of a member that is not there stands
// where the nearest object or list around it begins. The text need not be a
// sound document; what cannot be found stands at its beginning.
func Sort(json []byte, problems []Problem) {
	p := places{json: json, offsets: map[Path]int64{"": 0}}
	for i := range problems {
		if !problems[i].placed {
			p.want(problems[i].Path)
		}
	}
	if len(json) <= MaxSize && tooDeep(json) < 0 {
		p.tokens = jsontext.NewDecoder(bytes.NewBuffer(json), jsontext.AllowDuplicateNames(true))
		p.find("")
	}
	for i := range problems {
		if !problems[i].placed {
			problems[i].Offset, problems[i].placed = p.nearest(problems[i].Path), true
		}
	}
	sort.Stable(byOffset(problems))
	locate(json, problems)
}

// byOffset orders problems. Each type that slices.SortStableFunc sorts is 9 KB
// of module; sort.Stable is there once.
type byOffset []Problem

func (p byOffset) Len() int           { return len(p) }
func (p byOffset) Less(i, j int) bool { return p[i].Offset < p[j].Offset }
func (p byOffset) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }

// locate counts lines and columns of problems that are in order.
func locate(json []byte, problems []Problem) {
	line, start, at := 1, 0, 0
	for i := range problems {
		end := min(max(int(problems[i].Offset), 0), len(json))
		for ; at < end; at++ {
			if json[at] == '\n' {
				line, start = line+1, at+1
			}
		}
		problems[i].Line, problems[i].Column = line, end-start+1
	}
}

// places looks up where values stand.
type places struct {
	json    []byte
	tokens  *jsontext.Decoder
	offsets map[Path]int64 // of the values that are asked for; -1: not found yet
}

// want asks for a value and for everything around it.
func (p *places) want(path Path) {
	for ; path != ""; path = parent(path) {
		if _, ok := p.offsets[path]; ok {
			return
		}
		p.offsets[path] = -1
	}
}

// nearest returns the offset of a value, or of what is around its place.
func (p *places) nearest(path Path) int64 {
	for ; path != ""; path = parent(path) {
		if at := p.offsets[path]; at >= 0 {
			return at
		}
	}
	return max(p.offsets[""], 0)
}

// find walks through a value, the depth of which tooDeep has bounded. It returns
// false where the text is not JSON.
//
//vmlint:bounded MaxDepth
func (p *places) find(path Path) bool {
	at, wanted := p.offsets[path]
	if !wanted {
		return p.tokens.SkipValue() == nil
	}
	kind := p.tokens.PeekKind()
	if at <= 0 { // of duplicate members the first counts
		p.offsets[path] = p.next()
	}
	switch kind {
	case '{':
		return p.inside('}', func(int) (Path, bool) {
			name, err := p.tokens.ReadToken()
			if err != nil || name.Kind() != '"' {
				return "", false
			}
			return path.Key(name.String()), true
		})
	case '[':
		return p.inside(']', func(i int) (Path, bool) { return path.Index(i), true })
	}
	return p.tokens.SkipValue() == nil
}

// inside walks through the values of an object or a list; next reads the name
// of each.
func (p *places) inside(end jsontext.Kind, next func(int) (Path, bool)) bool {
	if _, err := p.tokens.ReadToken(); err != nil {
		return false
	}
	for i := 0; p.tokens.PeekKind() != end; i++ {
		path, ok := next(i)
		if !ok || !p.find(path) {
			return false
		}
	}
	_, err := p.tokens.ReadToken()
	return err == nil
}

func (p *places) next() int64 { return nextToken(p.json, p.tokens.InputOffset()) }

// nextToken returns the offset of the token behind an offset.
func nextToken(json []byte, at int64) int64 {
	for at < int64(len(json)) && strings.IndexByte(" \t\r\n,:", json[at]) >= 0 {
		at++
	}
	return at
}

// parent returns the path of the object or list around a value.
func parent(path Path) Path {
	cut, quoted := 0, false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '.' || c == '['):
			cut = i
		}
	}
	return path[:cut]
}
