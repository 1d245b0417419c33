package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/signature"
)

// placeholder stands in for secrets that are not in the environment: long
// enough for every bound on secrets, and good for nothing.
const placeholder = signature.Placeholder

func (t *tool) checkCommand() *cobra.Command {
	var strict bool
	c := &cobra.Command{
		Use:   "check FILE...",
		Short: "Say whether policies compile, and all that is wrong with them",
		Long: `Check compiles each FILE ("-" is standard input) as the filter does when it is
loaded, and prints FILE:LINE:COLUMN and what to write instead for each problem.

Secrets are taken from the environment. For one that is not set a placeholder
stands in, so that a policy can be checked where its secrets are not; with
--strict-env that is a problem.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			var failed error
			for _, file := range files {
				if err := t.check(file, strict); errors.Is(err, errSaid) {
					failed = err
				} else if err != nil {
					return err
				}
			}
			return failed
		},
	}
	c.Flags().BoolVar(&strict, "strict-env", false, "secrets that are not set are problems")
	return c
}

// check compiles one file and prints what it finds.
func (t *tool) check(file string, strict bool) error {
	text, err := t.read(file)
	if err != nil {
		return err
	}
	env := lenient{lookup: t.env, strict: strict}
	p, err := policy.Compile(text, env.get)
	for _, name := range env.missing {
		fmt.Fprintf(t.err, "%s: note: the environment variable %s is not set; a placeholder stands in for it\n", file, document.QuoteVariable(name))
	}
	for _, w := range warnings(text, t.now()) {
		fmt.Fprintf(t.err, "%s: warning: %s\n", place(file, w), w)
	}
	var wrong *document.Error
	switch {
	case errors.As(err, &wrong):
		for _, problem := range wrong.Problems {
			fmt.Fprintf(t.out, "%s: %s\n", place(file, problem), problem)
		}
		return errSaid
	case err != nil:
		return fmt.Errorf("%w: %s: %w", errWrong, file, err)
	}
	s := p.Summary()
	fmt.Fprintf(t.out, "%s: ok (%s, %s, %s)\n", file, count(s.Routes, "route", "routes"),
		count(s.Identities, "identity", "identities"), count(s.Limits, "limit", "limits"))
	return nil
}

// place is where a problem stands, in the form that editors jump to. One of the
// file as a whole has no line.
func place(file string, p document.Problem) string {
	if p.Line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
}

// read returns a file, or standard input for "-". One byte more than a policy
// may have is enough for Compile to refuse it.
func (t *tool) read(file string) ([]byte, error) {
	in := t.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, document.MaxSize+1))
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// lenient is an environment in which every secret is set.
type lenient struct {
	lookup  func(string) (string, bool)
	strict  bool
	missing []string
}

func (l *lenient) get(name string) (string, bool) {
	value, ok := l.lookup(name)
	if ok || l.strict {
		return value, ok
	}
	if !slices.Contains(l.missing, name) {
		l.missing = append(l.missing, name)
	}
	return placeholder, true
}
