package main

import (
	"fmt"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jwt"
)

var outcomes = map[jwt.Outcome]string{jwt.Unknown: "unknown", jwt.Passed: "ok", jwt.Refused: "REFUSED"}

// tell prints an explanation. Whatever a token says is quoted: a terminal takes
// none of it for a command.
func (t *tool) tell(identity string, x jwt.Explanation) error {
	if identity != "" {
		fmt.Fprintf(t.out, "identity: %s\n", identity)
	}
	unknown := false
	for _, f := range x.Findings {
		line := fmt.Sprintf("%-8s %-10s %s", outcomes[f.Outcome], f.Check, f.Found)
		if f.Outcome == jwt.Refused {
			line += fmt.Sprintf("; wanted: %s (%s)", f.Wanted, f.Reason)
		}
		unknown = unknown || f.Outcome == jwt.Unknown
		fmt.Fprintln(t.out, line)
	}
	if identity != "" && x.Claims != nil {
		t.tellCaller(x.Caller)
	}
	if x.Reason != guard.Allowed {
		fmt.Fprintf(t.out, "would be refused: %s\n", x.Reason)
		return errSaid
	}
	switch {
	case identity == "":
		fmt.Fprintln(t.out, "nothing is wrong with its form and its times; --policy says more")
	case unknown:
		fmt.Fprintln(t.out, "would pass, as far as it is known here")
	default:
		fmt.Fprintln(t.out, "would pass")
	}
	return nil
}

// tellCaller prints who the policy takes the token's holder for.
func (t *tool) tellCaller(c guard.Caller) {
	for _, attribute := range []struct {
		name  string
		texts []string
	}{{"client", []string{c.Client}}, {"tenant", []string{c.Tenant}}, {"scopes", c.Scopes}, {"roles", c.Roles}} {
		var quoted []string
		for _, text := range attribute.texts {
			if text != "" {
				quoted = append(quoted, strconv.Quote(text))
			}
		}
		if len(quoted) == 0 {
			quoted = []string{"none"}
		}
		fmt.Fprintf(t.out, "%-8s %s\n", attribute.name+":", strings.Join(quoted, " "))
	}
}
