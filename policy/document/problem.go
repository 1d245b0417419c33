package document

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a document: where, what was found,
// and what to write instead. It never quotes a secret.
type Problem struct {
	Path   Path
	Found  string // "is \"POTS\"", "is missing", "names the limit \"daily\", which is not defined"
	Remedy string // "write one of …"; empty where Found says it all
	Offset int64  // byte offset in the document; set by Sort
	Line   int    // 1-based; set by Sort
	Column int    // 1-based, in bytes; set by Sort
	placed bool   // Offset is known
}

// String returns the problem as one line. Whoever found the problem need not
// think of keys in the wrong place: Redact does.
func (p Problem) String() string { return Redact(p.line()) }

func (p Problem) line() string {
	where := string(p.Path)
	if where == "" {
		where = "the document"
	}
	if p.Remedy == "" {
		return where + " " + p.Found
	}
	return where + " " + p.Found + ": " + p.Remedy
}

// Problems collects all that is wrong with a document, so that its author sees
// everything at once. The zero value is ready.
type Problems struct{ list []Problem }

// Add records a problem. found continues the path ("is missing"); remedy is an
// imperative ("write …").
func (p *Problems) Add(path Path, found, remedy string) {
	p.list = append(p.list, Problem{Path: path, Found: found, Remedy: remedy})
}

// Addf records a problem whose remedy is formatted with args.
func (p *Problems) Addf(path Path, found, remedy string, args ...any) {
	p.Add(path, found, fmt.Sprintf(remedy, args...))
}

// List returns what was recorded.
func (p *Problems) List() []Problem { return p.list }

// Err returns nil when nothing was recorded, else an *Error.
func (p *Problems) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	return &Error{Problems: p.list}
}

// Error is the error of a document that cannot be used.
type Error struct{ Problems []Problem }

// Error returns one line per problem.
func (e *Error) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		if p.Line > 0 {
			fmt.Fprintf(&b, "%d:%d: ", p.Line, p.Column)
		}
		b.WriteString(p.String())
	}
	return b.String()
}
