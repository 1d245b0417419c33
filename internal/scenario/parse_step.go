package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// stepParser reads the lines of one step.
type stepParser struct {
	scenario *Scenario
	step     Step
	settled  bool // it was said whether the request is forwarded
}

// directive reads what follows a word. Words that begin another are longer
// ones first.
type directive struct {
	word string
	read func(*stepParser, string) error
}

var directives = []directive{
	{"# ", (*stepParser).name},
	{">> ", (*stepParser).requestBody},
	{"> ", (*stepParser).request},
	{"from ", (*stepParser).from},
	{"http2", (*stepParser).http2},
	{"upstream ", (*stepParser).upstream},
	{"^^ ", (*stepParser).upstreamBody},
	{"^ ", (*stepParser).upstreamHeader},
	{"repeat ", (*stepParser).repeat},
	{"beside ", (*stepParser).beside},
	{"only ", (*stepParser).only},
	{"< ", (*stepParser).response},
	{"body ~ ", (*stepParser).body},
	{"forwarded ", (*stepParser).forwarded},
	{"not forwarded", (*stepParser).notForwarded},
	{"| ", (*stepParser).forwardedHeader},
	{"code ", (*stepParser).code},
	{"reported ", (*stepParser).reported},
	{"served", (*stepParser).served},
	{"route ", (*stepParser).route},
	{"details ", (*stepParser).details},
	{"asked ", (*stepParser).asked},
}

func (p *stepParser) line(line string) error { return p.read(line, directives) }

func (p *stepParser) read(line string, words []directive) error {
	for _, d := range words {
		rest, ok := strings.CutPrefix(line, d.word)
		if !ok || !strings.HasSuffix(d.word, " ") && rest != "" {
			continue
		}
		rest, err := p.scenario.expand(strings.TrimSpace(rest))
		if err != nil {
			return err
		}
		return d.read(p, rest)
	}
	return fmt.Errorf("%q: no such directive", line)
}

// finish checks that the step says all that it must.
func (p *stepParser) finish() error {
	switch s := &p.step; {
	case s.Name == "":
		return errors.New("the step has no name: write a line that begins with #")
	case s.Request.Method == "":
		return errors.New("the step has no request: write > METHOD TARGET")
	case s.Want.Status == 0:
		return errors.New("the step has no status: write < STATUS")
	case !p.settled:
		return errors.New("the step does not say whether the request goes upstream: write forwarded METHOD TARGET, not forwarded, served, or code REASON")
	case s.Want.Served && (s.Want.Forwarded != nil || s.Want.Code != ""):
		return errors.New("a request that is served is neither forwarded nor denied")
	case s.Want.Forwarded == nil && (s.Want.Reported || len(s.Want.Upstream) > 0):
		return errors.New("a request that is not forwarded is not reported either, and shows no headers upstream")
	}
	if !slices.ContainsFunc(p.step.Request.Headers, func(h Header) bool { return h.Name == "host" }) {
		p.step.Request.Headers = slices.Insert(p.step.Request.Headers, 0, Header{"host", DefaultHost})
	}
	return nil
}

func (p *stepParser) name(text string) error {
	if p.step.Name == "" {
		p.step.Name = text
	}
	return nil
}

func (p *stepParser) request(text string) error {
	if p.step.Request.Method == "" {
		return requestLine(text, &p.step.Request.Method, &p.step.Request.Target)
	}
	return appendHeader(&p.step.Request.Headers, text)
}

func (p *stepParser) requestBody(text string) error {
	appendLine(&p.step.Request.Body, text)
	return nil
}

func (p *stepParser) from(text string) (err error) {
	p.step.Request.From, err = netip.ParseAddr(text)
	return err
}

func (p *stepParser) http2(string) error { p.step.Request.HTTP2 = true; return nil }

func (p *stepParser) upstream(text string) error { return status(text, &p.step.Upstream.Status) }

func (p *stepParser) upstreamHeader(text string) error {
	return appendHeader(&p.step.Upstream.Headers, text)
}

func (p *stepParser) upstreamBody(text string) error {
	appendLine(&p.step.Upstream.Body, text)
	return nil
}

func (p *stepParser) repeat(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 10_000 {
		return fmt.Errorf("%q: write a number from 1 to 10000", text)
	}
	p.step.Repeat = n
	return nil
}

func (p *stepParser) beside(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 100 {
		return fmt.Errorf("%q: write a number from 1 to 100", text)
	}
	p.step.Beside = n
	return nil
}

func (p *stepParser) only(text string) error {
	host, reason, _ := strings.Cut(text, ":")
	p.step.Only = Host(host)
	if !slices.Contains([]Host{Native, Module, Envoy}, p.step.Only) || strings.TrimSpace(reason) == "" {
		return fmt.Errorf("%q: write only native, module or envoy, a colon and the reason", text)
	}
	return nil
}

func (p *stepParser) response(text string) error {
	if p.step.Want.Status == 0 {
		return status(text, &p.step.Want.Status)
	}
	return appendWant(&p.step.Want.Headers, text)
}

func (p *stepParser) body(text string) (err error) {
	p.step.Want.Body, err = regexp.Compile(text)
	return err
}

func (p *stepParser) forwarded(text string) error {
	p.settled = true
	p.step.Want.Forwarded = &Forwarded{}
	return requestLine(text, &p.step.Want.Forwarded.Method, &p.step.Want.Forwarded.Target)
}

func (p *stepParser) notForwarded(string) error { p.settled = true; return nil }

func (p *stepParser) forwardedHeader(text string) error {
	return appendWant(&p.step.Want.Upstream, text)
}

func (p *stepParser) code(text string) error {
	p.settled = true
	return p.reason(text)
}

func (p *stepParser) served(string) error {
	p.settled, p.step.Want.Served = true, true
	return nil
}

func (p *stepParser) reported(text string) error {
	p.step.Want.Reported = true
	return p.reason(text)
}

func (p *stepParser) asked(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("%q: write how often the service is asked for each request", text)
	}
	p.step.Want.Asked = &n
	return nil
}

func (p *stepParser) route(text string) error   { p.step.Want.Route = text; return nil }
func (p *stepParser) details(text string) error { p.step.Want.Details = text; return nil }

func (p *stepParser) reason(name string) error {
	if p.step.Want.Code != "" {
		return fmt.Errorf("%q: a step has one code", name)
	}
	p.step.Want.Code = name
	if _, ok := public(name); !ok {
		return fmt.Errorf("%q is no reason of package guard", name)
	}
	return nil
}
