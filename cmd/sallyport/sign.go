package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/signature"
)

// signing is what the command was asked.
type signing struct {
	scheme, policy, route    string
	secretEnv, secretFile    string
	timestamp, id, url, curl string
	method, contentType      string
	headers                  []string
}

func (t *tool) signCommand() *cobra.Command {
	var s signing
	c := &cobra.Command{
		Use:   "sign [FILE|-]",
		Short: "Sign a body as a webhook",
		Long: `Sign reads a body from a file, or from standard input, and prints the headers that
sign it in a scheme of webhooks, one on a line. With --curl it prints a command that
sends them. The secret comes from an environment variable or a file, never from an
argument: arguments stay in the shell's history, and other users of the machine see
them. With Ed25519 it is the private key.

A custom scheme is that of a route's webhook or sign, by --policy and --route;
without them it is the default one: sha256= over TIMESTAMP.BODY.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			return t.sign(s, append(files, "-")[0])
		},
	}
	f := c.Flags()
	f.StringVar(&s.scheme, "scheme", "", "stripe, github, slack, shopify, standard, twilio, zoom, square, paddle, discord or custom")
	f.StringVar(&s.policy, "policy", "", "the policy that describes the scheme")
	f.StringVar(&s.route, "route", "", "the route of that policy")
	f.StringVar(&s.secretEnv, "secret-env", "", "environment variable with the secret")
	f.StringVar(&s.secretFile, "secret-file", "", "file with the secret; a line feed at its end is no part of it")
	f.StringVar(&s.timestamp, "timestamp", "", "the timestamp, as the scheme writes it; else now")
	f.StringVar(&s.id, "id", "", "the delivery's id, where the scheme has one; else a random one")
	f.StringVar(&s.url, "url", "", "the address that is signed; else that of --curl")
	f.StringVar(&s.curl, "curl", "", "print a curl command that calls this address")
	f.StringVar(&s.method, "method", "POST", "the method of the request")
	f.StringVar(&s.contentType, "content-type", "application/json", "the type of the body; twilio signs forms by their fields")
	f.StringArrayVar(&s.headers, "header", nil, `another header of the request, as "name: value"`)
	return c
}

// sign prints the headers of a body, or a command.
func (t *tool) sign(s signing, file string) error {
	scheme, err := t.scheme(s)
	if err != nil {
		return err
	}
	s.scheme = scheme.Name
	key, err := t.signingKey(s, scheme)
	if err != nil {
		return err
	}
	body, err := t.read(file)
	if err != nil {
		return err
	}
	if len(body) > document.MaxSize {
		return fmt.Errorf("%s has more than %d bytes", file, document.MaxSize)
	}
	r, err := s.request()
	if err != nil {
		return err
	}
	headers, err := t.signed(s, scheme, key, r, body)
	if err != nil {
		return err
	}
	if s.curl != "" {
		fmt.Fprintln(t.out, curl(s, file, r, headers))
		return nil
	}
	for _, h := range headers {
		fmt.Fprintf(t.out, "%s: %s\n", h.Name, h.Value)
	}
	if r.Target != "" && s.scheme == "twilio" {
		fmt.Fprintf(t.err, "sallyport: note: the address that is signed is %s\n", r.Target)
	}
	return nil
}

// scheme is what a route of a policy says, or what a flag names.
func (t *tool) scheme(s signing) (*signature.Scheme, error) {
	var problems document.Problems
	spec := signature.Spec{Scheme: s.scheme, URL: s.url}
	switch {
	case s.policy != "" && (s.route == "" || s.scheme != ""):
		return nil, errors.New("--policy needs --route, which says the scheme itself")
	case s.policy != "":
		text, err := t.read(s.policy)
		if err != nil {
			return nil, err
		}
		if spec, err = routeSpec(text, s); err != nil {
			return nil, err
		}
	case !slices.Contains(signature.Names(), s.scheme):
		return nil, fmt.Errorf("--scheme is %s: write one of %s", document.Quote(s.scheme), strings.Join(signature.Names(), ", "))
	}
	if spec.URL == "" && signature.Compile(spec, "", &problems).CallsURL() {
		if spec.URL = s.curl; spec.URL == "" {
			return nil, errors.New("the scheme signs the address: write --url or --curl")
		}
	}
	scheme := signature.Compile(spec, "the scheme", &problems)
	return scheme, problems.Err()
}

// routeSpec is the scheme of a route.
func routeSpec(text []byte, s signing) (spec signature.Spec, err error) {
	doc, err := document.Parse(text)
	if err != nil {
		return spec, fmt.Errorf("%w: %s is not sound: see sallyport check", errWrong, s.policy)
	}
	i := slices.IndexFunc(doc.Routes, func(r document.Route) bool { return r.Name == s.route })
	if i < 0 {
		return spec, fmt.Errorf("%s has no route %s", s.policy, document.Quote(s.route))
	}
	switch w, o := doc.Routes[i].Webhook, doc.Routes[i].Sign; {
	case w != nil:
		spec = signature.Spec{Scheme: w.Scheme, URL: w.URL, Signed: w.Signed, Algorithm: w.Algorithm, SHA1: w.SHA1, Signature: w.Signature, Timestamp: w.Timestamp, ID: w.ID}
	case o != nil:
		spec = signature.Spec{Scheme: o.Scheme, URL: o.URL, Signed: o.Signed, Algorithm: o.Algorithm, Signature: o.Signature, Timestamp: o.Timestamp, ID: o.ID}
	default:
		return spec, fmt.Errorf("the route %s has neither webhook nor sign", document.Quote(s.route))
	}
	if s.url != "" {
		spec.URL = s.url
	}
	return spec, nil
}

func (t *tool) signingKey(s signing, scheme *signature.Scheme) (key signature.Key, err error) {
	var raw []byte
	switch {
	case (s.secretEnv == "") == (s.secretFile == ""):
		return key, errors.New("write --secret-env NAME or --secret-file FILE")
	case s.secretEnv != "":
		value, ok := t.env(s.secretEnv)
		if !ok {
			return key, fmt.Errorf("--secret-env names %s, which is not set", document.QuoteVariable(s.secretEnv))
		}
		raw = []byte(value)
	default:
		if raw, err = t.read(s.secretFile); err != nil {
			return key, err
		}
		raw = []byte(strings.TrimRight(string(raw), "\r\n"))
	}
	key, problem := scheme.SigningKey(raw)
	if problem != nil {
		return key, fmt.Errorf("%w: the secret %s: %s", errWrong, problem.Found, problem.Remedy)
	}
	return key, nil
}

// request is the request that is signed, without its body.
func (s *signing) request() (*guard.Request, error) {
	r := &guard.Request{Method: s.method}
	for _, line := range append([]string{"content-type: " + s.contentType}, s.headers...) {
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(line, "\r\n") {
			return nil, fmt.Errorf("--header is %s: write \"name: value\"", document.Quote(line))
		}
		r.Headers = append(r.Headers, guard.Header{Name: strings.ToLower(name), Value: strings.TrimSpace(value)})
	}
	return r, nil
}
