package cors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
	"sallyport.dev/sallyport/policy/origin"
)

// maxListed bounds every list of a section: they are compared one by one.
const maxListed = 64

type compiler struct{ problems *document.Problems }

// Compile reads the sections of a document.
func Compile(doc *document.Document, p *document.Problems) *Set {
	c, s := compiler{p}, &Set{}
	var common *Guard
	if doc.CORS != nil {
		common = c.section(doc.CORS, "cors")
	}
	for i := range doc.Routes {
		s.routes = append(s.routes, c.route(&doc.Routes[i], document.Path("routes").Index(i).Key("cors"), common))
	}
	if !slices.ContainsFunc(s.routes, func(g *Guard) bool { return g != nil }) {
		return nil
	}
	c.set(s, doc.Headers)
	return s
}

// set reads headers that every response gets. It reports those that would stand
// beside the ones of CORS: by them pages could read that no section names.
func (c compiler) set(s *Set, d *document.Headers) {
	if d == nil || d.Response == nil {
		return
	}
	for name, value := range d.Response.Set {
		switch lower := strings.ToLower(name); {
		case strings.HasPrefix(lower, accessControl):
			c.problems.Add(document.Path("headers.response.set").Key(name), `is what "cors" says`, "remove it")
		case lower == vary:
			s.vary = []guard.Header{{Name: vary, Value: value}}
		}
	}
}

// route compiles what holds for one route; nil: no CORS.
func (c compiler) route(r *document.Route, at document.Path, common *Guard) *Guard {
	switch {
	case r.CORS != nil && r.CORS.None && common == nil:
		c.problems.Add(at, `is "none", and the policy has no "cors"`, "remove it")
		return nil
	case r.CORS != nil && r.CORS.None, r.CORS == nil && common == nil:
		return nil
	case r.CORS != nil:
		c.taken(r, at.Key("methods"))
		return c.section(&r.CORS.CORS, at).narrow(r.Methods)
	}
	own := *common
	return own.narrow(r.Methods)
}

// taken reports methods that the route of the section does not take.
func (c compiler) taken(r *document.Route, at document.Path) {
	for i, m := range r.CORS.Methods {
		if len(r.Methods) > 0 && !slices.Contains(r.Methods, m) && !(m == "HEAD" && slices.Contains(r.Methods, "GET")) {
			c.problems.Add(at.Index(i), "is "+document.Quote(m)+", which the route does not take", `remove it, or add it to the route's "methods"`)
		}
	}
}

// narrow takes the methods of a route where the section names none, and leaves
// out those that the route does not have.
func (g *Guard) narrow(methods []string) *Guard {
	if slices.Contains(methods, "GET") && !slices.Contains(methods, "HEAD") {
		methods = append(slices.Clip(methods), "HEAD")
	}
	switch {
	case len(g.methods) == 0 && len(methods) > 0:
		g.methods = methods
	case len(g.methods) == 0:
		g.methods = []string{"GET", "HEAD", "POST"}
	case len(methods) > 0:
		g.methods = slices.DeleteFunc(slices.Clone(g.methods), func(m string) bool { return !slices.Contains(methods, m) })
	}
	return g
}

func (c compiler) section(d *document.CORS, at document.Path) *Guard {
	g := &Guard{
		origins: c.origins(d, at.Key("origins")), credentials: d.Credentials, private: d.PrivateNetwork,
		maxAge: strconv.FormatInt(int64(d.MaxAge)/int64(time.Second), 10),
	}
	if int64(d.MaxAge)%int64(time.Second) != 0 {
		c.problems.Add(at.Key("max_age"), "is not a whole number of seconds", `write one such as "10m"`)
	}
	g.methods = c.methods(d.Methods, at.Key("methods"))
	g.headers = c.names(d.RequestHeaders, d.Credentials, at.Key("request_headers"), unsendable)
	expose := c.names(d.Expose, d.Credentials, at.Key("expose"), unreadable)
	g.anyHeader = slices.Contains(g.headers, "*")
	g.headers = slices.DeleteFunc(g.headers, func(name string) bool { return name == "*" })
	g.expose = strings.Join(expose, ", ")
	return g
}

// tooMany reports a list that is longer than its bound.
func (c compiler) tooMany(n int, at document.Path) {
	if n > maxListed {
		c.problems.Add(at, fmt.Sprintf("has %d elements", n), fmt.Sprintf("write %d at most", maxListed))
	}
}

func (c compiler) origins(d *document.CORS, at document.Path) (o origins) {
	o.exact, o.written = map[origin.Origin]bool{}, map[string]string{}
	c.tooMany(len(d.Origins), at)
	for i, text := range d.Origins {
		at := at.Index(i)
		switch {
		case slices.Contains(d.Origins[:i], text):
			c.problems.Add(at, "is "+document.Quote(text)+" again", "remove it")
		case text == "*" && d.Credentials:
			c.problems.Add(at, `is "*", and credentials are allowed: every page of the web could read what belongs to its visitor`, "write the origins that are yours")
		case text == "*" && len(d.Origins) > 1:
			c.problems.Add(at, `is "*", and stands beside others`, `write "*" alone, or remove it`)
		case text == "*":
			o.any = true
		case text == null:
			o.null = true
		default:
			c.origin(text, &o, at)
		}
	}
	return o
}

// methods reads the methods of a section. GET includes HEAD, as in routes.
func (c compiler) methods(list []string, at document.Path) (all []string) {
	c.tooMany(len(list), at)
	for i, m := range list {
		switch {
		case m == "CONNECT" || m == "TRACE" || m == "TRACK":
			c.problems.Add(at.Index(i), "is "+document.Quote(m)+", which no page may use (Fetch standard, section 2.2.1)", "remove it")
		case !hygiene.ValidMethod(m):
			c.problems.Add(at.Index(i), "is "+document.Quote(m), "write a method in upper-case letters, digits and '-', like \"PUT\"")
		case slices.Contains(list[:i], m):
			c.problems.Add(at.Index(i), "is "+document.Quote(m)+" again", "remove it")
		}
	}
	if all = list; slices.Contains(list, "GET") && !slices.Contains(list, "HEAD") {
		all = append(slices.Clip(list), "HEAD")
	}
	return all
}

// names reads names of headers, or "*", which with credentials is a name like any
// other, and never stands for Authorization (Fetch standard, section 3.2.5).
func (c compiler) names(list []string, credentials bool, at document.Path, forbidden func(string) string) (all []string) {
	c.tooMany(len(list), at)
	for i, name := range list {
		lower := strings.ToLower(name)
		switch {
		case name == "*" && credentials:
			c.problems.Add(at.Index(i), `is "*", which browsers do not take for every header where credentials are allowed`, "name the headers")
		case name == "*" && slices.ContainsFunc(list, func(n string) bool { return n != "*" && !strings.EqualFold(n, authorization) }):
			c.problems.Add(at.Index(i), `is "*", and stands beside others`, `write "*" alone, or with "authorization", which it does not stand for`)
		case slices.Contains(all, lower):
			c.problems.Add(at.Index(i), "is "+document.Quote(name)+" again", "remove it")
		case name == "*":
		case forbidden(lower) != "":
			c.problems.Add(at.Index(i), "is "+document.Quote(name)+", "+forbidden(lower), "remove it")
		default:
			credential.CheckHeaderName(name, at.Index(i), c.problems)
		}
		all = append(all, lower)
	}
	return all
}

// unsendable says why no page can send a header (Fetch standard, section 2.2.2).
func unsendable(name string) string {
	const never = `accept-charset accept-encoding access-control-request-headers access-control-request-method
		access-control-request-private-network connection content-length cookie cookie2 date dnt expect host keep-alive
		origin referer set-cookie te trailer transfer-encoding upgrade via`
	if slices.Contains(strings.Fields(never), name) || strings.HasPrefix(name, "sec-") || strings.HasPrefix(name, "proxy-") {
		return "which no page can send (Fetch standard, section 2.2.2)"
	}
	return ""
}

// unreadable says why no page can read a header.
func unreadable(name string) string {
	if name == "set-cookie" || name == "set-cookie2" {
		return "which no page can read (Fetch standard, section 2.2.6)"
	}
	return ""
}
