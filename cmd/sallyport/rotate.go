package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/document"
)

// turn is what key rotate was asked for.
type turn struct {
	identity, client, expires, overlap, pepperEnv string
	write                                         bool
}

func (t *tool) keyRotateCommand() *cobra.Command {
	var o turn
	c := &cobra.Command{
		Use:   "rotate FILE",
		Short: "Make a client's next API key, and let its old ones end",
		Long: `Rotate reads the policy in FILE ("-" is standard input) and makes a new key for one
client, with the prefix and the pepper of its identity. It prints the new key on
the first line, shown this once, and from the second on the client's entry as it
must stand in the policy: the new key is added, keys that are in use end after
--overlap unless they end before, and keys that have expired are left out.

With --write the client's keys are replaced in FILE and nothing else in it is
changed; then the new key is all that is printed. A policy that does not
compile is never changed, and none is written that would not.

A pepper that the policy takes from the environment is taken from there too.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, files []string) error { return t.rotate(files[0], o) },
	}
	c.Flags().StringVar(&o.identity, "identity", "", "name of the client's identity in the policy")
	c.Flags().StringVar(&o.client, "client", "", "id of the client in that identity")
	c.Flags().StringVar(&o.expires, "expires", "", "when the new key expires: a time (RFC 3339), or how long from now (365d)")
	c.Flags().StringVar(&o.overlap, "overlap", "30d", "how long the old keys go on; with 0s they are left out")
	c.Flags().StringVar(&o.pepperEnv, "pepper-env", "", "environment variable that holds the pepper, if not the policy's")
	c.Flags().BoolVar(&o.write, "write", false, "replace the client's keys in FILE")
	return c
}

// rotate carries key rotate out. The key is printed before the file is written:
// a key that was not written can be thrown away, but one that was written and
// never shown is lost.
func (t *tool) rotate(file string, o turn) error {
	if err := o.check(file); err != nil {
		return err
	}
	text, err := t.read(file)
	if err != nil {
		return err
	}
	if err := t.compiles(file, text); err != nil {
		return err
	}
	holder, err := o.find(text)
	if err != nil {
		return err
	}
	key, entry, err := t.successor(holder.api, o)
	if err != nil {
		return err
	}
	r, err := rotate(text, holder, entry, t.now().UTC(), o.overlap)
	if err != nil {
		return err
	}
	if err := t.compiles(file, r.text); err != nil {
		return err
	}
	for _, remark := range r.remarks {
		fmt.Fprintln(t.err, "sallyport: "+document.Redact(remark))
	}
	if _, err := fmt.Fprintln(t.out, key); err != nil {
		return err
	}
	if o.write {
		return replace(file, text, r.text)
	}
	_, err = fmt.Fprintf(t.out, "%s\n", r.client)
	return err
}

// check says what is wrong with the flags.
func (o *turn) check(file string) error {
	switch {
	case o.identity == "":
		return errors.New("--identity is missing: write the name of the client's identity in the policy")
	case o.client == "":
		return errors.New("--client is missing: write the id of the client whose key is exchanged")
	case o.write && file == "-":
		return errors.New("--write needs a file: standard input cannot be written")
	}
	if _, ok := document.ParseDuration(o.overlap); !ok {
		return fmt.Errorf("--overlap is %s: write a duration such as 30d, or 0s to leave the old keys out", document.Quote(o.overlap))
	}
	return nil
}

// compiles prints what is wrong with a policy, as check does. Secrets need not
// be set where a policy is edited.
func (t *tool) compiles(file string, text []byte) error {
	env := lenient{lookup: t.env}
	_, err := policy.Compile(text, env.get)
	var wrong *document.Error
	if !errors.As(err, &wrong) {
		return err
	}
	for _, problem := range wrong.Problems {
		fmt.Fprintf(t.err, "%s: %s\n", place(file, problem), problem)
	}
	return errSaid
}

// holder is one client of a policy, and where it stands in the text.
type holder struct {
	api    *document.APIKey
	client *document.Client
	at     jsontext.Pointer
}

// find looks the client up in a policy that compiles.
func (o *turn) find(text []byte) (h holder, err error) {
	doc, err := document.Parse(text)
	if err != nil {
		return h, err
	}
	h.api = doc.Identities[o.identity].APIKey
	if h.api == nil {
		return h, fmt.Errorf("--identity is %s, which is no api_key identity of the policy: write one of %s", document.Quote(o.identity), keyIdentities(doc))
	}
	i := slices.IndexFunc(h.api.Clients, func(c document.Client) bool { return c.ID == o.client })
	if i < 0 {
		return h, fmt.Errorf("--client is %s, which identity %s does not have: write the id of one of its clients, or make it with sallyport key new --client", document.Quote(o.client), document.Quote(o.identity))
	}
	h.client = &h.api.Clients[i]
	at := jsontext.Pointer("").AppendToken("identities").AppendToken(o.identity).AppendToken("api_key").AppendToken("clients")
	h.at = at.AppendToken(fmt.Sprint(i))
	return h, nil
}

func keyIdentities(doc *document.Document) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(doc.Identities)) {
		if doc.Identities[name].APIKey != nil {
			names = append(names, document.Quote(name))
		}
	}
	if len(names) == 0 {
		return "(the policy has none)"
	}
	return strings.Join(names, ", ")
}

// successor makes the new key with the prefix and the pepper of its identity.
func (t *tool) successor(d *document.APIKey, o turn) (key string, entry keyEntry, err error) {
	pepper, err := t.pepperOf(d, o.pepperEnv)
	if err != nil {
		return "", entry, err
	}
	now := t.now().UTC()
	expires, err := expiry(o.expires, now)
	if err != nil {
		return "", entry, err
	}
	prefix := d.Prefix
	if prefix == "" {
		prefix = defaultPrefix
	}
	key, entry, err = t.make(prefix, pepper, now)
	entry.Expires = expires
	return key, entry, err
}

// pepperOf returns the identity's pepper; nil where it has none. --pepper-env
// serves where the environment has it under another name.
func (t *tool) pepperOf(d *document.APIKey, name string) ([]byte, error) {
	switch {
	case d.Pepper == nil && name != "":
		return nil, errors.New("--pepper-env stands beside an identity without a pepper: leave it out")
	case d.Pepper == nil:
		return nil, nil
	case name == "" && d.Pepper.Env == "":
		return []byte(d.Pepper.Value), nil
	case name == "":
		if _, ok := t.env(d.Pepper.Env); !ok {
			return nil, fmt.Errorf("the policy takes the pepper from %s, which is not set: set it, or write --pepper-env and the variable that holds it", document.QuoteVariable(d.Pepper.Env))
		}
		name = d.Pepper.Env
	}
	return t.pepper(name)
}

// ends is when keys that are in use end. With no overlap it is not later than now.
func ends(overlap string, now time.Time) (time.Time, error) {
	d, _ := document.ParseDuration(overlap) // turn.check has read it
	end := now.Add(time.Duration(d)).Truncate(time.Second)
	if _, ok := document.ParseTime(end.Format(time.RFC3339)); !ok {
		return end, fmt.Errorf("--overlap is %q, which is too far away", overlap)
	}
	return end, nil
}
