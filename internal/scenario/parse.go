package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/tools/txtar"
)

// section is one file of the archive, and the line before its first.
type section struct {
	text string
	line int
}

// Parse reads one scenario. All errors of the steps are returned at once, each
// with its line.
func Parse(name string, data []byte) (*Scenario, error) {
	title, sections, err := split(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &Scenario{Name: name, Title: title}
	if err := s.read(sections); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (s *Scenario) read(sections map[string]section) (err error) {
	if s.Env, err = pairs(sections["env"], "="); err != nil {
		return err
	}
	if s.Keys, err = pairs(sections["keys"], " = "); err != nil {
		return err
	}
	if err = s.tokens(sections["tokens"]); err != nil {
		return err
	}
	if s.proofs, err = pairs(sections["proofs"], " = "); err != nil {
		return err
	}
	if s.signatures, err = pairs(sections["signatures"], " = "); err != nil {
		return err
	}
	policy, err := s.expand(sections["policy.json"].text)
	if err != nil {
		return fmt.Errorf("policy.json: %w", err)
	}
	s.Policy = []byte(policy)
	if s.Service, err = s.service(sections["service"]); err != nil {
		return err
	}
	s.Steps, err = s.steps(sections["steps"])
	return err
}

// split takes the archive apart and insists on the files that it must have.
func split(data []byte) (title string, sections map[string]section, err error) {
	archive := txtar.Parse(data)
	title, _, _ = strings.Cut(string(archive.Comment), "\n")
	if strings.TrimSpace(title) == "" {
		return "", nil, errors.New("1: no title: write what this scenario shows in the first line")
	}
	sections = map[string]section{}
	at := bytes.Count(archive.Comment, []byte("\n"))
	for _, f := range archive.Files {
		if _, twice := sections[f.Name]; twice || !known(f.Name) {
			return "", nil, fmt.Errorf("%d: file %q: write policy.json, env, keys, tokens, proofs, signatures, service and steps, each at most once", at+1, f.Name)
		}
		sections[f.Name] = section{text: string(f.Data), line: at + 1}
		at += 1 + bytes.Count(f.Data, []byte("\n"))
	}
	for _, needed := range []string{"policy.json", "steps"} {
		if strings.TrimSpace(sections[needed].text) == "" {
			return "", nil, fmt.Errorf("no -- %s --", needed)
		}
	}
	return title, sections, nil
}

func known(name string) bool {
	return name == "policy.json" || name == "env" || name == "keys" || name == "tokens" || name == "proofs" || name == "signatures" || name == "service" || name == "steps"
}

// pairs reads the lines of env and keys.
func pairs(s section, separator string) (map[string]string, error) {
	out := map[string]string{}
	for i, line := range strings.Split(s.text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, separator)
		if _, twice := out[name]; !ok || name == "" || twice {
			return nil, fmt.Errorf("%d: %q: write NAME%sVALUE, each name once", s.line+i+1, line, separator)
		}
		out[name] = value
	}
	return out, nil
}

// steps reads the blocks between blank lines.
func (s *Scenario) steps(sec section) ([]Step, error) {
	var steps []Step
	var problems []error
	lines := strings.Split(sec.text, "\n")
	for at := 0; at < len(lines); {
		end := at
		for end < len(lines) && strings.TrimSpace(lines[end]) != "" {
			end++
		}
		if end > at {
			step, errs := s.step(lines[at:end], sec.line+at+1)
			steps, problems = append(steps, step), append(problems, errs...)
		}
		at = end + 1
	}
	return steps, errors.Join(problems...)
}

// step reads one block that starts at a line of the file.
func (s *Scenario) step(lines []string, at int) (Step, []error) {
	p := stepParser{step: Step{Line: at, Repeat: 1}, scenario: s}
	p.step.Request.From = netip.MustParseAddr("192.0.2.1")
	p.step.Upstream = Upstream{Status: 200}
	var errs []error
	for i, line := range lines {
		if err := p.line(line); err != nil {
			errs = append(errs, fmt.Errorf("%d: %w", at+i, err))
		}
	}
	if err := p.finish(); err != nil && len(errs) == 0 {
		errs = append(errs, fmt.Errorf("%d: %w", at, err))
	}
	return p.step, errs
}
