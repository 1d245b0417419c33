package scenario

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// ServiceCluster is the cluster that the service of a scenario is.
const ServiceCluster = "service"

// Answer is what the service says to one request.
type Answer struct {
	Method, Target string
	Asked          []byte // the request's body; nil: any
	Upstream
}

// serviceWords are the directives of the section service.
var serviceWords = []directive{
	{">> ", (*stepParser).requestBody},
	{"> ", (*stepParser).request},
	{"upstream ", (*stepParser).upstream},
	{"^^ ", (*stepParser).upstreamBody},
	{"^ ", (*stepParser).upstreamHeader},
}

// service reads the blocks of the section service.
func (s *Scenario) service(sec section) ([]Answer, error) {
	var out []Answer
	var p *stepParser
	for i, line := range strings.Split(sec.text+"\n", "\n") {
		switch line = strings.TrimRight(line, " "); {
		case line != "":
			if p == nil {
				p = &stepParser{scenario: s, step: Step{Upstream: Upstream{Status: 200}}}
			}
			if err := p.read(line, serviceWords); err != nil {
				return nil, fmt.Errorf("%d: %w", sec.line+i+1, err)
			}
		case p != nil:
			if p.step.Request.Method == "" || len(p.step.Request.Headers) > 0 {
				return nil, fmt.Errorf("%d: an answer of the service begins with one line > METHOD TARGET", sec.line+i)
			}
			out = append(out, Answer{Method: p.step.Request.Method, Target: p.step.Request.Target, Asked: p.step.Request.Body, Upstream: p.step.Upstream})
			p = nil
		}
	}
	return out, nil
}

// Serve is the answer of the service to a request: 404 to one that it does not
// know. Targets of several scenarios are told apart by their paths.
func Serve(answers []Answer, method, target string, body []byte) Upstream {
	i := slices.IndexFunc(answers, func(a Answer) bool {
		return a.Method == method && a.Target == target && (a.Asked == nil || bytes.Equal(a.Asked, body))
	})
	if i < 0 {
		return Upstream{Status: 404}
	}
	return answers[i].Upstream
}
