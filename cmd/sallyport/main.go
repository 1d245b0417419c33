// Command sallyport is the operator's tool: it checks policies, explains tokens, signs webhooks, makes and reads
// API keys, and prints the policy's JSON Schema. It decides nothing itself; all
// that it knows it asks the packages below policy/.
//
// Exit status: 0 fine, 1 the thing that was checked is wrong, 2 usage (also a
// file that cannot be read). Results go to standard output, remarks and
// errors to standard error. A key's secret is printed once, by key new or
// key rotate, which alone writes a file.
package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"sallyport.dev/sallyport/policy/document"
)

// The exit statuses.
const (
	exitFine = iota
	exitWrong
	exitUsage
)

// errWrong marks an error that is about the thing checked, not about how the
// command was called.
var errWrong = errors.New("wrong")

// errSaid is an errWrong of which all was printed already.
var errSaid = fmt.Errorf("%w, and said so", errWrong)

// tool is the command and what it needs of the world.
type tool struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) (string, bool)
	now      func() time.Time
	random   io.Reader
}

func main() {
	t := tool{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv, now: time.Now, random: rand.Reader}
	os.Exit(t.run(os.Args[1:]))
}

// run carries a command line out and returns the exit status.
func (t *tool) run(args []string) int {
	root := &cobra.Command{
		Use:           "sallyport",
		Short:         "Check Sallyport policies, explain tokens, make and read API keys, sign webhooks",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.SetArgs(args)
	root.AddCommand(t.checkCommand(), t.explainCommand(), t.keyCommand(), t.schemaCommand(), t.signCommand())
	switch err := root.Execute(); {
	case err == nil:
		return exitFine
	case errors.Is(err, errSaid):
		return exitWrong
	case errors.Is(err, errWrong):
		t.say(err)
		return exitWrong
	default:
		t.say(err)
		return exitUsage
	}
}

// say prints an error. It may quote an argument, and that may be a key.
func (t *tool) say(err error) { fmt.Fprintln(t.err, "sallyport:", document.Redact(err.Error())) }

// version says from what the tool was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			v += " " + s.Value
		}
	}
	return v + " " + info.GoVersion
}
