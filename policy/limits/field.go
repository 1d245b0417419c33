package limits

import (
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// telling is how clients are told of limits.
type telling uint8

const (
	standard telling = iota // RateLimit and RateLimit-Policy
	legacy                  // X-RateLimit-Limit, -Remaining and -Reset
	nothing
)

// tellings are the values of headers.response.rate_limit.
var tellings = map[string]telling{"standard": standard, "legacy": legacy, "none": nothing}

// Tell says how clients are told of limits. It is called before the routes are
// compiled.
func (s *Set) Tell(d *document.Headers) {
	if d != nil && d.Response != nil {
		s.telling = tellings[d.Response.RateLimit]
	}
}

// The fields of draft-ietf-httpapi-ratelimit-headers-11, and those that were in
// use before it. Of these no document says whether the reset is a time or how
// long it takes; it is seconds here, as in the draft.
const (
	fieldPolicy = "ratelimit-policy"
	field       = "ratelimit"

	fieldLimit     = "x-ratelimit-limit"
	fieldRemaining = "x-ratelimit-remaining"
	fieldReset     = "x-ratelimit-reset"
)

var fields = []string{fieldPolicy, field, fieldLimit, fieldRemaining, fieldReset, "retry-after"}

// policies is the value of RateLimit-Policy (section 3): one item for each
// limit, q its capacity and w the whole seconds in which an empty bucket
// refills, so that q/w is the rate that a client can keep up. What is counted
// while streams last has no window, and a unit of its own (section 3.1.2).
func policies(plan string, lists ...[]attached) string {
	var b strings.Builder
	for _, list := range lists {
		for _, l := range list {
			counter := l.of(plan)
			if counter == nil || counter.base().told() {
				continue // a problem was reported; the store tells it with each answer
			}
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			b.WriteString(`"` + l.name + `";q=` + strconv.FormatInt(counter.base().capacity, 10))
			if unit := counter.base().unit; unit != "" {
				b.WriteString(`;qu="` + unit + `"`)
			} else {
				b.WriteString(`;w=` + strconv.FormatUint(counter.base().window, 10))
			}
		}
	}
	return b.String()
}

// join adds what a store told.
func join(policies, told string) string {
	if policies == "" || told == "" {
		return policies + told
	}
	return policies + ", " + told
}

// note keeps the tightest limit: the one that denied, else the one with the
// fewest tokens left, and of two alike the first.
//
// The draft's t is the time within which a client can use no more than r
// (section 4.1.2): in a bucket that is the time until the next token. So
// Retry-After is never before the end of that window, which section 6 asks for.
func note(r *guard.Request, l guard.Limit, denied bool) {
	if denied || r.Limit.Name == "" || l.Remaining < r.Limit.Remaining {
		r.Limit = l
	}
}

// left is what a charge leaves.
func (ch *charge) left() guard.Limit {
	n := ch.counter.base()
	l := guard.Limit{Name: ch.limit.name, Quota: n.capacity, Remaining: ch.counter.remaining(ch.level)}
	if !n.held {
		next := ch.counter.wait(ch.level, min(l.Remaining+1, n.capacity))
		l.Reset = int64((next + second - 1) / second)
	}
	return l
}

// report records the fields. Limits before authentication and after it share
// them: the later values take the earlier ones' place.
func (t telling) report(r *guard.Request, policies string) {
	if t == standard && policies != "" { // else only a store could tell them, and knows of no limit
		set(&r.Response, fieldPolicy, policies)
	}
	t.reportTightest(r)
}

// reportTightest records the fields of the tightest limit.
func (t telling) reportTightest(r *guard.Request) {
	switch {
	case r.Limit.Name == "": // every limit was free
	case t == standard:
		set(&r.Response, field, item(&r.Scratch, &r.Limit))
	case t == legacy:
		set(&r.Response, fieldLimit, number(&r.Scratch, r.Limit.Quota))
		set(&r.Response, fieldRemaining, number(&r.Scratch, r.Limit.Remaining))
		if r.Limit.Reset > 0 {
			set(&r.Response, fieldReset, number(&r.Scratch, r.Limit.Reset))
		} else {
			unset(&r.Response, fieldReset)
		}
	}
}

// item is the value of RateLimit (section 4).
func item(s *guard.Scratch, l *guard.Limit) string {
	b := append(s.Free(), '"')
	b = append(append(b, l.Name...), `";r=`...)
	b = strconv.AppendInt(b, l.Remaining, 10)
	if l.Reset > 0 {
		b = strconv.AppendInt(append(b, ";t="...), l.Reset, 10)
	}
	return s.Keep(b)
}

func number(s *guard.Scratch, n int64) string { return s.Keep(strconv.AppendInt(s.Free(), n, 10)) }

// unset removes the upstream's field, and what an earlier stop has set.
func unset(e *guard.Edits, name string) {
	for i := range *e {
		if (*e)[i].Name == name {
			(*e)[i] = guard.Edit{Op: guard.Remove, Name: name}
			return
		}
	}
	e.Remove(name)
}

func set(e *guard.Edits, name, value string) {
	for i := range *e {
		if (*e)[i].Name == name {
			(*e)[i] = guard.Edit{Op: guard.Replace, Name: name, Value: value}
			return
		}
	}
	e.Replace(name, value)
}
