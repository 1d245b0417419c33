package apikey_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// manualKey is the key of the page's commands.
func manualKey(t *testing.T) string {
	t.Helper()
	match := regexp.MustCompile(`(?m)^KEY=(demo_\S+)$`).FindStringSubmatch(manual.Page(t, "apikey"))
	if match == nil {
		t.Fatal("the manual shows no key")
	}
	return match[1]
}

// shownAt returns a request for a path of the manual's policy. The text is header
// fields between " | ", or "?query".
func shownAt(path, text string) *guard.Request {
	r := &guard.Request{Method: "GET", Scheme: "http", Authority: "127.0.0.1:10000", Target: path, Now: now.UnixNano(), Route: -1, World: guardtest.New("192.0.2.1")}
	for part := range strings.SplitSeq(text, " | ") {
		if query, ok := strings.CutPrefix(part, "?"); ok {
			r.Target += "?" + query
		} else if name, value, ok := strings.Cut(part, ":"); ok {
			r.Headers = append(r.Headers, guard.Header{Name: name, Value: strings.TrimSpace(value)})
		}
	}
	return r
}

func manualInstance(t *testing.T) *policy.Instance {
	t.Helper()
	p, err := policy.Compile([]byte(manual.Blocks(t, "apikey", "json")[0]), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return policy.NewInstance(p, "manual", policy.Seeds{})
}

func TestManualRequestsAreTrue(t *testing.T) {
	in, key, rows := manualInstance(t), manualKey(t), 0
	for line := range strings.Lines(manual.Blocks(t, "apikey", "requests")[0] + "\n") {
		fields := strings.Fields(line)
		want := fields[len(fields)-1]
		text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), want))
		rows++
		r := shownAt("/orders/17", strings.ReplaceAll(text, "$KEY", key))
		d := in.Judge(r)
		if d.Verdict.Reason.String() != want {
			t.Errorf("%s gives %s, the manual says %s", text, d.Verdict.Reason, want)
		}
		if want == "allowed" && (strings.Contains(r.Query, key) || r.Caller.Client != "acme") {
			t.Errorf("%s: query %q, caller %+v", text, r.Query, r.Caller)
		}
	}
	if rows < 18 {
		t.Errorf("only %d rows were found", rows)
	}
}

var curl = regexp.MustCompile(`(?m)^curl -i "?http://127\.0\.0\.1:10000(/[a-z0-9/]+)(\?[^" ]+)?"?(?: -H ["']([^"']+)["'])? +# (\d+);? ?(.*)$`)

// The page's commands give what stands behind them.
func TestManualCommandsAreTrue(t *testing.T) {
	in, key, rows := manualInstance(t), manualKey(t), 0
	for _, m := range curl.FindAllStringSubmatch(manual.Page(t, "apikey"), -1) {
		rows++
		line, path, query, header, status, remark := m[0], m[1], m[2], m[3], m[4], m[5]
		r := shownAt(path, strings.NewReplacer("${KEY}", key, "$KEY", key).Replace(query+" | "+header))
		reason := in.Judge(r).Verdict.Reason
		if got := strconv.Itoa(reason.Public().Status); got != status || status != "200" && reason.String() != remark {
			t.Errorf("%s gives %s %s", line, got, reason)
		}
		told := slices.ContainsFunc(r.Upstream, func(e guard.Edit) bool { return e.Op == guard.Add && e.Name == "x-client-id" && e.Value == "acme" })
		switch remark {
		case "the upstream sees /orders/17?page=2":
			if r.Path+"?"+r.Query != "/orders/17?page=2" {
				t.Errorf("the upstream sees %s?%s", r.Path, r.Query)
			}
		case "the upstream sees x-client-id: acme", "the upstream sees no x-client-id":
			if told != strings.HasSuffix(remark, "acme") {
				t.Errorf("%s: edits %v", line, r.Upstream)
			}
		}
	}
	if rows != 8 {
		t.Errorf("%d commands were found, want 8", rows)
	}
}

// The page's directory and bcrypt policies take the keys that it names.
func TestManualKeysOfElsewhereAreTaken(t *testing.T) {
	policies, answer := manual.Blocks(t, "apikey", "json"), manual.Blocks(t, "apikey", "jsonc")[0]
	for _, c := range []struct{ policy, key, client string }{
		{policies[1], "demo_1qEe4V9Vdey1xVp9XUWNx1GBDdsGCKMwDXogUQ3FscCTW9zGvG3FMINz", "bolt"},
		{policies[2], "demo-old-5b1f0c9e77a24d63", "acme"},
	} {
		p, err := policy.Compile([]byte(c.policy), func(string) (string, bool) { return "Bearer x", true })
		if err != nil {
			t.Fatal(err)
		}
		r, w := shownAt("/orders/17", "x-api-key: "+c.key), guardtest.New("192.0.2.1")
		r.World, w.Answer = w, func(call *guard.Call) (guard.Answer, error) {
			if !strings.Contains(manual.Page(t, "apikey"), "\nGET "+call.Path+" HTTP/1.1\nhost: "+call.Authority+"\n") {
				t.Errorf("the page does not show the call of %s", call.Path)
			}
			return guard.Answer{Status: 200, Body: []byte(answer)}, nil
		}
		d := policy.NewInstance(p, "manual", policy.Seeds{}).Judge(r)
		if !d.Verdict.Allows() || r.Caller.Client != c.client || !strings.Contains(manual.Page(t, "apikey"), "`"+c.key+"`") {
			t.Errorf("%s: %v, caller %+v", c.key, d.Verdict.Reason, r.Caller)
		}
	}
}

func TestManualNamesEveryReason(t *testing.T) {
	for r := range guard.Reason(guard.Reasons) {
		if !strings.HasPrefix(r.String(), "key-") && r != guard.CredentialMissing && r != guard.CredentialDuplicated && r != guard.ClientInactive {
			continue
		}
		row := regexp.MustCompile("(?m)^\\| `" + r.String() + "` \\| (\\d+) \\|").FindStringSubmatch(manual.Page(t, "apikey"))
		if row == nil || row[1] != strconv.Itoa(r.Public().Status) {
			t.Errorf("%s: %v", r, row)
		}
	}
}
