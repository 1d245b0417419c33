package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/apikey/keyformat"
	"sallyport.dev/sallyport/policy/document"
)

func (t *tool) keyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Make and read API keys",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("key: write key new, key rotate or key inspect")
		},
	}
	c.AddCommand(t.keyNewCommand(), t.keyRotateCommand(), t.keyInspectCommand())
	return c
}

// defaultPrefix is what keys begin with where nobody says otherwise.
const defaultPrefix = "sk_live_"

// order is what key new was asked for.
type order struct{ prefix, client, expires, pepperEnv string }

func (t *tool) keyNewCommand() *cobra.Command {
	var o order
	c := &cobra.Command{
		Use:   "new",
		Short: "Make an API key and the policy's entry for it",
		Long: `New prints a new key on the first line, and from the second on the JSON that the
policy needs to know it: a digest, never the key. The key is shown this once.

With --client the JSON is a whole client for "clients", or for the answer of a
directory, else an entry for the "keys" of a client. A directory is asked for the
id. With --pepper-env the digest is made with the pepper in that
environment variable; it must be the pepper of the policy.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return t.keyNew(o) },
	}
	c.Flags().StringVar(&o.prefix, "prefix", defaultPrefix, "prefix of the key, as in the policy")
	c.Flags().StringVar(&o.client, "client", "", "id of a new client that holds the key")
	c.Flags().StringVar(&o.expires, "expires", "", "when the key expires: a time (RFC 3339), or how long from now (90d)")
	c.Flags().StringVar(&o.pepperEnv, "pepper-env", "", "environment variable that holds the policy's pepper")
	return c
}

// The policy's entries, as they are pasted.
type (
	keyEntry struct {
		ID      string `json:"id"`
		SHA256  string `json:"sha256"`
		Expires string `json:"expires,omitempty"`
	}
	clientEntry struct {
		ID   string     `json:"id"`
		Keys []keyEntry `json:"keys"`
	}
)

func (t *tool) keyNew(o order) error {
	now := t.now().UTC()
	expires, err := expiry(o.expires, now)
	if err != nil {
		return err
	}
	pepper, err := t.pepper(o.pepperEnv)
	if err != nil {
		return err
	}
	key, entry, err := t.make(o.prefix, pepper, now)
	if errors.Is(err, keyformat.ErrPrefix) {
		return fmt.Errorf("--prefix is %s: write a lower-case letter, then up to 30 of a-z, 0-9 and '_', then '_', such as sk_live_", document.Quote(o.prefix))
	} else if err != nil {
		return err
	}
	entry.Expires = expires
	fmt.Fprintln(t.out, key)
	if o.client != "" {
		return t.printJSON(clientEntry{ID: o.client, Keys: []keyEntry{entry}})
	}
	return t.printJSON(entry)
}

// make makes a key and the policy's entry for it.
func (t *tool) make(prefix string, pepper []byte, now time.Time) (key string, entry keyEntry, err error) {
	if key, err = keyformat.New(prefix, now, t.random); err != nil {
		return "", entry, err
	}
	parsed, err := keyformat.Parse(prefix, key)
	if err != nil {
		return "", entry, err
	}
	digest := apikey.Digest([]byte(key), pepper)
	return key, keyEntry{ID: parsed.ID, SHA256: hex.EncodeToString(digest[:])}, nil
}

// expiry reads --expires.
func expiry(text string, now time.Time) (string, error) {
	if text == "" {
		return "", nil
	}
	at, ok := document.ParseTime(text)
	if !ok {
		d, isDuration := document.ParseDuration(text)
		if !isDuration || d <= 0 {
			return "", fmt.Errorf("--expires is %s: write a time such as 2027-01-31T00:00:00Z, or a duration such as 90d", document.Quote(text))
		}
		end := now.Add(time.Duration(d)).Truncate(time.Second).Format(time.RFC3339)
		if at, ok = document.ParseTime(end); !ok {
			return "", fmt.Errorf("--expires is %q, which is too far away", text)
		}
	}
	if int64(at) <= now.UnixNano() {
		return "", fmt.Errorf("--expires is %q, which has passed", text)
	}
	return time.Unix(0, int64(at)).UTC().Format(time.RFC3339), nil
}

// pepper returns the secret in an environment variable; nil without a name.
func (t *tool) pepper(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	if !document.IsVariable(name) {
		return nil, errors.New("--pepper-env is not the name of an environment variable: write the name, such as KEY_PEPPER, and set the pepper there")
	}
	value, ok := t.env(name)
	switch {
	case !ok:
		return nil, fmt.Errorf("--pepper-env names %s, which is not set", document.QuoteVariable(name))
	case len(value) < apikey.MinPepper:
		return nil, fmt.Errorf("--pepper-env names %s, which has %d bytes: a policy takes a pepper of at least %d", document.QuoteVariable(name), len(value), apikey.MinPepper)
	}
	return []byte(value), nil
}

func (t *tool) printJSON(v any) error {
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (t *tool) keyInspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect [KEY|-]",
		Short: "Say what an API key says of itself, without its secret",
		Long: `Inspect reads a key made by key new: prefix, version, key id and creation time.
It finds out whether the key was mistyped, not whether a policy knows it.

Without KEY, or with "-", the key is read from standard input. Prefer that: an
argument stays in the shell's history and is seen by other users of the machine.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] != "-" {
				return t.inspect(args[0])
			}
			text, err := io.ReadAll(io.LimitReader(t.in, 4096))
			if err != nil {
				return err
			}
			return t.inspect(strings.TrimSpace(string(text)))
		},
	}
}

// inspect prints all of a key but its secret.
func (t *tool) inspect(text string) error {
	prefix, k, err := keyformat.Inspect(text)
	if err != nil {
		return fmt.Errorf("%w key: %w", errWrong, err)
	}
	_, err = fmt.Fprintf(t.out, "prefix:   %s\nversion:  %c\nid:       %s\ncreated:  %s\nchecksum: ok\n",
		prefix, keyformat.Version, k.ID, k.Created.Format(time.RFC3339))
	return err
}
