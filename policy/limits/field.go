package limits

import (
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// The fields of draft-ietf-httpapi-ratelimit-headers-11.
const (
	fieldPolicy = "ratelimit-policy"
	field       = "ratelimit"
)

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
func note(r *guard.Request, c *charge, denied bool) {
	left := c.counter.remaining(c.level)
	if !denied && r.Limit.Name != "" && r.Limit.Remaining <= left {
		return
	}
	r.Limit = guard.Limit{Name: c.limit.name, Remaining: left}
	if !c.counter.base().held {
		next := c.counter.wait(c.level, min(left+1, c.counter.base().capacity))
		r.Limit.Reset = int64((next + second - 1) / second)
	}
}

// report records both fields. Limits before authentication and after it share
// them: the later values take the earlier ones' place.
func report(r *guard.Request, policies string) {
	if policies != "" { // else only a store could tell them, and knows of no limit
		set(&r.Response, fieldPolicy, policies)
	}
	if r.Limit.Name == "" {
		return // every limit was free
	}
	b := append(r.Scratch.Free(), '"')
	b = append(append(b, r.Limit.Name...), `";r=`...)
	b = strconv.AppendInt(b, r.Limit.Remaining, 10)
	if r.Limit.Reset > 0 {
		b = strconv.AppendInt(append(b, ";t="...), r.Limit.Reset, 10)
	}
	set(&r.Response, field, r.Scratch.Keep(b))
}

func set(e *guard.Edits, name, value string) {
	for i := range *e {
		if (*e)[i].Name == name {
			(*e)[i].Value = value
			return
		}
	}
	e.Replace(name, value)
}
