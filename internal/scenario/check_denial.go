package scenario

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// reasonsAt is where the type of a problem document points, before the code.
const reasonsAt = "https://sallyport.dev/reasons/"

// quotaExceeded is the type of a denial by a limit.
const quotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded"

// problem is the body of a denial, RFC 9457 section 3.1.
type problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Code      string  `json:"code"`
	RequestID *string `json:"request_id"`

	ViolatedPolicies []string `json:"violated-policies"`
}

// denial checks the shape that all denials share.
func (c *checker) denial() {
	reason, _ := public(c.want.Code)
	if grpc(c.step.Request) {
		c.one("grpc-status", regexp.MustCompile("^"+strconv.Itoa(reason.GRPC)+"$"))
		return
	}
	if c.got.Status != reason.Status {
		c.fail("status %d, but %s is %d in package guard", c.got.Status, c.want.Code, reason.Status)
	}
	c.one("content-type", regexp.MustCompile(`^application/problem\+json$`))
	c.one("cache-control", regexp.MustCompile(`^no-store$`))
	switch reason.Status {
	case 401:
		c.one("www-authenticate", regexp.MustCompile(`.`))
	case 429:
		c.one("retry-after", regexp.MustCompile(`^[1-9][0-9]*$`))
	}
	if c.step.Request.Method != "HEAD" {
		c.problem(reason)
	}
}

// one checks that a response header is there once and fits.
func (c *checker) one(name string, want *regexp.Regexp) {
	c.headers("denial", c.got.Headers, []HeaderWant{{Name: name, Values: []*regexp.Regexp{want}}})
}

func (c *checker) problem(reason guard.Public) {
	var got problem
	dec := json.NewDecoder(bytes.NewReader(c.got.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		c.fail("body %.300q is no problem document: %v", c.got.Body, err)
		return
	}
	id := got.RequestID
	got.RequestID = nil
	want := problem{Type: reasonsAt + reason.Name, Title: reason.Title, Status: reason.Status, Code: reason.Name}
	if reason.Status == 429 {
		want.Type, want.ViolatedPolicies = quotaExceeded, c.violated()
	}
	if !reflect.DeepEqual(got, want) {
		c.fail("problem document %+v, want %+v", got, want)
	}
	c.requestID(id)
}

// violated names the limit that the response names too.
func (c *checker) violated() []string {
	for _, field := range Values(c.got.Headers, "ratelimit") {
		name, _, _ := strings.Cut(strings.TrimPrefix(field, `"`), `"`)
		return []string{name}
	}
	for range Values(c.got.Headers, "x-ratelimit-limit") {
		var got problem
		if json.Unmarshal(c.got.Body, &got) == nil && len(got.ViolatedPolicies) == 1 {
			return got.ViolatedPolicies // the old fields have no name
		}
	}
	return nil
}

// saneID is a request id that a problem document may repeat.
var saneID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

func (c *checker) requestID(id *string) {
	if id != nil && !saneID.MatchString(*id) {
		c.fail("problem document has request_id %q", *id)
	}
	sent := Values(c.step.Request.Headers, "x-request-id")
	if len(sent) != 1 || !saneID.MatchString(sent[0]) {
		return
	}
	if id == nil || *id != sent[0] {
		c.fail("problem document has request_id %v, want %q", id, sent[0])
	}
}

// auditLine is what an audit line must hold. Members that come later are fine.
type auditLine struct {
	Sallyport string `json:"sallyport"`
	Outcome   string `json:"outcome"`
	Reason    string `json:"reason"`
	Route     string `json:"route"`
	Method    string `json:"method"`
	Host      string `json:"host"`
	Path      string `json:"path"`
}

func (c *checker) audit() {
	want := 0
	if level := c.auditLevel(); level == "all" && c.outcome() != "" || level == "denied" && c.want.Code != "" {
		want = 1
	}
	if len(c.got.Audit) != want {
		c.fail("%d audit lines, want %d: %q", len(c.got.Audit), want, c.got.Audit)
		return
	}
	for _, line := range c.got.Audit {
		c.auditLine(line)
	}
}

func (c *checker) auditLine(text string) {
	var got auditLine
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		c.fail("audit line %q: %v", text, err)
		return
	}
	reason := c.reason()
	if reason == "" {
		reason = OutcomeAllowed
	}
	if got.Sallyport != "audit" || got.Outcome != c.outcome() || got.Reason != reason || got.Method != c.step.Request.Method ||
		c.want.Route != "" && got.Route != c.want.Route {
		c.fail("audit line %q, want outcome %q, reason %q, method %q, route %q", text, c.outcome(), reason, c.step.Request.Method, c.want.Route)
	}
	for _, secret := range c.secrets() {
		if strings.Contains(text, secret) {
			c.fail("audit line %q holds %q", text, secret)
		}
	}
}

// secrets returns what no audit line may hold: credentials and the query.
func (c *checker) secrets() []string {
	var secrets []string
	for _, key := range c.scenario.Keys {
		secrets = append(secrets, key)
	}
	if _, query, _ := strings.Cut(c.step.Request.Target, "?"); query != "" {
		secrets = append(secrets, query)
	}
	slices.Sort(secrets)
	return secrets
}

func (c *checker) auditLevel() string {
	var policy struct {
		Audit struct{ Log string }
	}
	if err := json.Unmarshal(c.scenario.Policy, &policy); err != nil {
		c.fail("the scenario's policy: %v", err)
	}
	if policy.Audit.Log == "" {
		return "denied"
	}
	return policy.Audit.Log
}

func grpc(r Request) bool {
	return slices.ContainsFunc(Values(r.Headers, "content-type"), func(v string) bool {
		return v == "application/grpc" || strings.HasPrefix(v, "application/grpc+")
	})
}
