package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jwt"
)

// explaining is what the command was asked.
type explaining struct{ token, policy, identity string }

func (t *tool) explainCommand() *cobra.Command {
	var e explaining
	c := &cobra.Command{
		Use:   "explain --token FILE",
		Short: "Say why a token would be refused",
		Long: `Explain reads a token (a JWT) from a file, or with "-" from standard input, and
prints each check that an identity of the policy makes, with what the token says
and what the policy wants. The signature is checked where the keys stand in the
policy; keys and lists that the filter fetches are not. Nothing is sent anywhere,
and neither the token nor its signature is printed; its claims are.

Without --policy only the token's form and times are looked at.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return t.explain(e) },
	}
	c.Flags().StringVar(&e.token, "token", "", `the file with the token; "-" is standard input`)
	c.Flags().StringVar(&e.policy, "policy", "", "the policy")
	c.Flags().StringVar(&e.identity, "identity", "", "the identity that is asked; else the one whose issuer the token names")
	return c
}

// explain prints what is known of a token.
func (t *tool) explain(e explaining) error {
	switch {
	case e.token == "":
		return errors.New(`explain needs --token FILE, or --token - for standard input`)
	case strings.Count(e.token, ".") == 2 && strings.HasPrefix(e.token, "eyJ"):
		return errors.New("--token takes a file: a token in an argument stays in the shell's history, and other users of the machine see it")
	case e.token == "-" && e.policy == "-":
		return errors.New("token and policy cannot both be standard input")
	case e.identity != "" && e.policy == "":
		return errors.New("--identity needs --policy FILE")
	}
	text, err := t.read(e.token)
	if err != nil {
		return err
	}
	q := jwt.Question{Token: bare(string(text)), Now: t.now().UnixNano()}
	if e.policy == "" {
		return t.tell("", jwt.Read(q))
	}
	return t.explainBy(e, q)
}

// bare takes off what people copy with a token.
func bare(text string) string {
	text = strings.TrimSpace(text)
	if name, rest, found := strings.Cut(text, ":"); found && strings.EqualFold(name, "authorization") {
		text = strings.TrimSpace(rest)
	}
	if scheme, rest, found := strings.Cut(text, " "); found && (strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "dpop")) {
		text = strings.TrimSpace(rest)
	}
	return text
}

// explainBy asks an identity of the policy.
func (t *tool) explainBy(e explaining, q jwt.Question) error {
	text, err := t.read(e.policy)
	if err != nil {
		return err
	}
	env := lenient{lookup: t.env}
	p, err := policy.Compile(text, env.get)
	if err != nil {
		return fmt.Errorf("%w: %s does not compile: see sallyport check", errWrong, e.policy)
	}
	ids := p.Tokens()
	id, err := choose(ids, e.identity, jwt.Read(q).Issuer)
	if err != nil {
		return err
	}
	if id == nil {
		return t.nobodys(ids, jwt.Read(q))
	}
	q.NoKey = lacksKey(text, id.Name(), env.missing)
	return t.tell(id.Name(), id.Explain(q))
}

// choose returns the identity that is named, or that takes tokens of an issuer;
// nil: none does.
func choose(ids []*jwt.Identity, name, issuer string) (*jwt.Identity, error) {
	at := slices.IndexFunc(ids, func(id *jwt.Identity) bool { return id.Name() == name || name == "" && id.Issues(issuer) })
	switch {
	case at >= 0:
		return ids[at], nil
	case name == "" && len(ids) == 1:
		return ids[0], nil
	case name == "" && len(ids) > 1:
		return nil, nil
	}
	return nil, fmt.Errorf("no jwt identity %s; the policy has %s", document.Quote(name), names(ids))
}

func names(ids []*jwt.Identity) string {
	var list []string
	for _, id := range ids {
		list = append(list, strconv.Quote(id.Name()))
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// lacksKey tells whether the identity's secret is not set here.
func lacksKey(text []byte, name string, missing []string) bool {
	doc, err := document.Parse(text)
	if err != nil || doc.Identities[name].JWT == nil {
		return false
	}
	secret := doc.Identities[name].JWT.Keys.Secret
	return secret != nil && secret.Env != "" && slices.Contains(missing, secret.Env)
}

// nobodys tells of a token whose issuer no identity names.
func (t *tool) nobodys(ids []*jwt.Identity, x jwt.Explanation) error {
	if x.Reason != guard.TokenMalformed && x.Reason != guard.TokenAlgorithm {
		x.Reason = guard.TokenIssuer
		x.Findings = append(x.Findings, jwt.Finding{Check: "iss", Outcome: jwt.Refused, Reason: guard.TokenIssuer,
			Found: "an issuer of no identity", Wanted: "an issuer of " + names(ids) + "; --identity asks one of them all the same"})
	}
	return t.tell("", x)
}
