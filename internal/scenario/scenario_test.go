package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const head = "A title\n-- policy.json --\n{\"sha\": \"{sha256 acme}\"}\n-- keys --\nacme = k1\n-- env --\nPEPPER=p\n-- steps --\n"

func TestParse(t *testing.T) {
	s, err := Parse("x", []byte(head+`# a name
# more of it
> POST /a?b=c
> x-api-key: {key acme}
> x-many: 1 {times 3}
>> {"a":
>> 1}
from 10.0.0.7
http2
upstream 503
^ Server: nginx
^^ down
repeat 2
beside 3
< 503
< x-a: b
< x-a ~ ^c
< !server
body ~ down
forwarded POST /a?b=c
| x-client-id: acme
route r
details via_upstream
`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(s.Policy), "6ab9f1eb8f7d3388f4f9d586f66e99fd54080df2c446f0e58668b09c08a16dd0") {
		t.Errorf("policy %s", s.Policy)
	}
	st := s.Steps[0]
	r := st.Request
	if st.Name != "a name" || st.Line != 9 || st.Repeat != 2 || st.Beside != 3 || r.Target != "/a?b=c" || !r.HTTP2 || r.From.String() != "10.0.0.7" {
		t.Errorf("step %+v", st)
	}
	if r.Headers[0] != (Header{"host", DefaultHost}) || r.Headers[1] != (Header{"x-api-key", "k1"}) || len(r.Headers) != 5 {
		t.Errorf("headers %v", r.Headers)
	}
	if string(r.Body) != "{\"a\":\n1}" || st.Upstream.Status != 503 || st.Upstream.Headers[0] != (Header{"server", "nginx"}) {
		t.Errorf("bodies %q, upstream %+v", r.Body, st.Upstream)
	}
	if w := st.Want; w.Status != 503 || len(w.Headers) != 2 || len(w.Headers[0].Values) != 2 || w.Headers[1].Values != nil || w.Forwarded == nil {
		t.Errorf("want %+v", w)
	}
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no title":            {"-- steps --\n", "no title"},
		"no policy":           {"t\n-- steps --\n# a\n", "no -- policy.json --"},
		"no steps":            {"t\n-- policy.json --\n{}\n-- steps --\n", "no -- steps --"},
		"unknown file":        {"t\n-- polcy.json --\n{}\n", `2: file "polcy.json"`},
		"file twice":          {"t\n-- env --\nA=b\n-- env --\n", `4: file "env"`},
		"env without value":   {"t\n-- policy.json --\n{}\n-- env --\nA\n-- steps --\n# a\n", "5: "},
		"unknown directive":   {head + "# a\n> GET /\n< 200\nforwarde GET /\n", `12: "forwarde GET /": no such directive`},
		"glued directive":     {head + "# a\n> GET /\nhttp2x\n", `11: "http2x": no such directive`},
		"no name":             {head + "> GET /\n< 200\nforwarded GET /\n", "9: the step has no name"},
		"no request":          {head + "# a\n< 200\nnot forwarded\n", "no request"},
		"no status":           {head + "# a\n> GET /\nnot forwarded\n", "no status"},
		"forwarding not said": {head + "# a\n> GET /\n< 200\n", "does not say whether"},
		"reported alone":      {head + "# a\n> GET /\n< 200\nreported no-route\n", "does not say whether"},
		"unknown reason":      {head + "# a\n> GET /\n< 401\ncode no-key\n", `"no-key" is no reason`},
		"unknown key":         {head + "# a\n> GET /{key bob}\n< 401\ncode no-route\n", `no key "bob"`},
		"there and absent":    {head + "# a\n> GET /\n< 200\n< x: y\n< !x\nforwarded GET /\n", "both there and absent"},
		"bad status":          {head + "# a\n> GET /\n< 2000\nforwarded GET /\n", "write a status"},
		"bad expression":      {head + "# a\n> GET /\n< 200\n< x ~ (\nforwarded GET /\n", "missing closing"},
		"beside none":         {head + "# a\n> GET /\nbeside 0\n< 200\nforwarded GET /\n", "write a number from 1 to 100"},
		"only without reason": {head + "# a\nonly envoy\n> GET /\n< 200\nforwarded GET /\n", "the reason"},
		"all at once":         {head + "# a\n> GET /\nx\ny\n", "12: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("x", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestLoadCounts(t *testing.T) {
	file := head + "# a\n> GET /\n< 200\nforwarded GET /\n"
	for name, c := range map[string]struct {
		index string
		ok    bool
	}{
		"all listed":      {"[a](a.txt) [b](b.txt)", true},
		"one not listed":  {"[a](a.txt)", false},
		"one not there":   {"[a](a.txt) [b](b.txt) [c](c.txt)", false},
		"nothing listed":  {"none", false},
		"one named twice": {"[a](a.txt) [b](b.txt) [b](b.txt)", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{"README.md": c.index, "a.txt": file, "b.txt": file} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			all, err := Load(dir)
			if (err == nil) != c.ok || c.ok && len(all) != 2 {
				t.Errorf("%d scenarios, error %v", len(all), err)
			}
		})
	}
}
