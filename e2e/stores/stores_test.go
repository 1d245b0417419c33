package stores

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const rules = `
domain: sallyport
descriptors:
  - key: plan
    value: free
    rate_limit: {unit: hour, requests_per_unit: 2}
  - key: user
    rate_limit: {unit: day, requests_per_unit: 5, name: users}
`

// TestWebdisAnswers holds what the module takes for granted about webdis.
func TestWebdisAnswers(t *testing.T) {
	redis := StartRedis(t)
	webdis := "http://" + StartWebdis(t, redis.Address).Address + "/"
	for _, c := range []struct {
		name, body string
		want       Answer
	}{
		{"an integer", "EVAL/return 7/0", Answer{200, `{"EVAL":7}`}},
		{"integers", "EVAL/return {1,-2,3}/0", Answer{200, `{"EVAL":[1,-2,3]}`}},
		{"a large integer", "EVAL/return 9007199254740992/0", Answer{200, `{"EVAL":9007199254740992}`}},
		{"nil", "EVAL/return false/0", Answer{200, `{"EVAL":null}`}},
		{"load", "SCRIPT/LOAD/return 1", Answer{200, `{"SCRIPT":"e0e1f9fabfc9d4800c877a703b823ac0578ff8db"}`}},
		{"a known script", "EVALSHA/e0e1f9fabfc9d4800c877a703b823ac0578ff8db/0", Answer{200, `{"EVALSHA":1}`}},
		{"an unknown script", "EVALSHA/ffffffffffffffffffffffffffffffffffffffff/0", Answer{200, `{"EVALSHA":[false,"NOSCRIPT No matching script. Please use EVAL."]}`}},
		{"an error", "EVAL/return redis.error_reply('MY error')/0", Answer{200, `{"EVAL":[false,"MY error"]}`}},
		{"too few words", "EVAL", Answer{200, `{"EVAL":[false,"ERR wrong number of arguments for 'eval' command"]}`}},
		{"escapes", "EVAL/return ARGV/0/%2f%3f%25%2b%20%0a%c3%a9/a%2ejson", Answer{200, `{"EVAL":["/?%+ \né","a.json"]}`}},
		{"a bare plus is a space", "EVAL/return ARGV/0/a+b/c", Answer{200, `{"EVAL":["a b","c"]}`}},
		{"a bare question mark ends it", "EVAL/return ARGV/0/a?b/c", Answer{200, `{"EVAL":["a"]}`}},
		{"a bare ending of the last word is a format", "EVAL/return ARGV/0/a/b.json", Answer{200, `{"EVAL":["a","b"]}`}},
		{"NUL ends a word", "EVAL/return ARGV/0/a%00b/c", Answer{200, `{"EVAL":["a","c"]}`}},
		{"empty words", "EVAL/return #ARGV/0//", Answer{200, `{"EVAL":2}`}},
		{"another command", "GET/x", Answer{403, ""}},
		{"no command", "", Answer{403, ""}},
	} {
		t.Run(c.name, func(t *testing.T) { wantAnswer(t, webdis, c.body, c.want) })
	}
}

func TestWebdisWithoutRedis(t *testing.T) {
	redis := StartRedis(t)
	webdis := StartWebdis(t, redis.Address)
	const count = "EVAL/return redis.call('INCR',KEYS[1])/1/k"
	wantAnswer(t, "http://"+webdis.Address, count, Answer{200, `{"EVAL":1}`})
	Redis(t, redis.Address, "+OK", "CONFIG", "SET", "maxmemory", "1")
	answer := wantAnswer(t, "http://"+webdis.Address, count, Answer{})
	if answer.Status != 200 || !strings.HasPrefix(answer.Body, `{"EVAL":[false,"OOM `) {
		t.Errorf("without memory: %+v", answer)
	}
	redis.Kill()
	wantAnswer(t, "http://"+webdis.Address, count, Answer{503, ""})
	redis.Restart(t)
	webdis.Await(t)
	wantAnswer(t, "http://"+webdis.Address, count, Answer{200, `{"EVAL":1}`})
	webdis.Kill()
	if answer, err := Post(t.Context(), "http://"+webdis.Address, count); err == nil {
		t.Errorf("after its end: %+v", answer)
	}
	webdis.Restart(t)
	wantAnswer(t, "http://"+webdis.Address, count, Answer{200, `{"EVAL":2}`})
}

// TestRatelimitAnswers holds what the module takes for granted about the rate limit service.
func TestRatelimitAnswers(t *testing.T) {
	redis := StartRedis(t)
	server := StartRatelimit(t, redis.Address, rules)
	service := "http://" + server.Address + "/json"
	plan := ask("plan", "free", "")
	for _, c := range []struct {
		name, body string
		want       Answer // without the time until it resets
	}{
		{"one remains", plan, Answer{200, `{"overallCode":"OK","statuses":[{"code":"OK","currentLimit":{"requestsPerUnit":2,"unit":"HOUR"},"limitRemaining":1}]}`}},
		{"none remains", plan, Answer{200, `{"overallCode":"OK","statuses":[{"code":"OK","currentLimit":{"requestsPerUnit":2,"unit":"HOUR"}}]}`}},
		{"over", plan, Answer{429, `{"overallCode":"OVER_LIMIT","statuses":[{"code":"OVER_LIMIT","currentLimit":{"requestsPerUnit":2,"unit":"HOUR"}}]}`}},
		{"hits", ask("user", "a", `"hitsAddend":4`), Answer{200, `{"overallCode":"OK","statuses":[{"code":"OK","currentLimit":{"name":"users","requestsPerUnit":5,"unit":"DAY"},"limitRemaining":1}]}`}},
		{"hits in snake case", ask("user", "a", `"hits_addend":2`), Answer{429, `{"overallCode":"OVER_LIMIT","statuses":[{"code":"OVER_LIMIT","currentLimit":{"name":"users","requestsPerUnit":5,"unit":"DAY"}}]}`}},
		{"no rule", ask("plan", "gold", ""), Answer{200, `{"overallCode":"OK","statuses":[{"code":"OK"}]}`}},
		{"a limit of the request", `{"domain":"sallyport","descriptors":[{"entries":[{"key":"any","value":"x"}],"limit":{"requestsPerUnit":7,"unit":"HOUR"}}]}`,
			Answer{200, `{"overallCode":"OK","statuses":[{"code":"OK","currentLimit":{"requestsPerUnit":7,"unit":"HOUR"},"limitRemaining":6}]}`}},
		{"an unknown member", ask("plan", "free", `"more":1`), Answer{400, "Bad Request\n"}},
		{"nothing", "", Answer{400, "Bad Request\n"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantStatuses(t, service, c.body, c.want) })
	}
	redis.Kill()
	wantStatuses(t, service, plan, Answer{400, "Bad Request\n"})
	redis.Restart(t)
	server.Await(t)
	wantStatuses(t, service, plan, Answer{200, `{"overallCode":"OK","statuses":[{"code":"OK","currentLimit":{"requestsPerUnit":2,"unit":"HOUR"},"limitRemaining":1}]}`})
}

func TestSlow(t *testing.T) {
	const script, delay = "EVAL/return 1/0", 100 * time.Millisecond
	webdis := StartWebdis(t, StartRedis(t).Address)
	slow := NewSlow(t, webdis.Address)
	url := "http://" + slow.Address
	wantAnswer(t, url, script, Answer{200, `{"EVAL":1}`})
	slow.Delay(delay)
	before := time.Now()
	wantAnswer(t, url, script, Answer{200, `{"EVAL":1}`})
	if took := time.Since(before); took < delay {
		t.Errorf("the answer took %s, want %s at least", took, delay)
	}
	slow.Delay(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), delay)
	defer cancel()
	if answer, err := Post(ctx, url, script); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v, error %v; want none within the deadline", answer, err)
	}
	slow.Delay(0)
	slow.Refuse(t, true)
	if answer, err := Post(t.Context(), url, script); err == nil {
		t.Errorf("while refusing: %+v", answer)
	}
	slow.Refuse(t, false)
	wantAnswer(t, url, script, Answer{200, `{"EVAL":1}`})
	slow.Answer("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nrubbish")
	wantAnswer(t, url, script, Answer{200, "rubbish"})
	slow.Answer("")
	wantAnswer(t, url, script, Answer{200, `{"EVAL":1}`})
	webdis.Kill()
	if answer, err := Post(t.Context(), url, script); err == nil {
		t.Errorf("without a server: %+v", answer)
	}
}

// TestServerThatDoesNotStart shows that its own words are in the error.
func TestServerThatDoesNotStart(t *testing.T) {
	s := StartRedis(t)
	s.Kill()
	s.command.Args = append(s.command.Args, "--no-such-option", "1")
	err := s.launch(t.Context())
	if !errors.Is(err, errEnded) || !strings.Contains(err.Error(), "no-such-option") {
		t.Errorf("got error %v, want one with what Redis wrote", err)
	}
}

func ask(key, value, more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"domain":"sallyport","descriptors":[{"entries":[{"key":"` + key + `","value":"` + value + `"}]}]` + more + `}`
}

// wantAnswer asks and compares; the zero Answer is not compared.
func wantAnswer(t *testing.T, url, body string, want Answer) Answer {
	t.Helper()
	got, err := Post(t.Context(), url, body)
	if err != nil || want != (Answer{}) && got != want {
		t.Errorf("got %+v, error %v; want %+v", got, err, want)
	}
	return got
}

// wantStatuses compares as JSON, as spaces may differ, without the times, each of which must be whole seconds.
func wantStatuses(t *testing.T, url, body string, want Answer) {
	t.Helper()
	got, err := Post(t.Context(), url, body)
	if err != nil || got.Status != want.Status {
		t.Fatalf("got %+v, error %v; want %+v", got, err, want)
	}
	if want.Status == http.StatusBadRequest {
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		return
	}
	var gotten, wanted map[string]any
	if err := errors.Join(json.Unmarshal([]byte(got.Body), &gotten), json.Unmarshal([]byte(want.Body), &wanted)); err != nil {
		t.Fatalf("%v in %q", err, got.Body)
	}
	for _, status := range gotten["statuses"].([]any) {
		status := status.(map[string]any)
		_, limited := status["currentLimit"]
		text, timed := status["durationUntilReset"].(string)
		if seconds, err := time.ParseDuration(text); limited != timed || timed && (err != nil || seconds <= 0) {
			t.Errorf("durationUntilReset is %q", text)
		}
		delete(status, "durationUntilReset")
	}
	if !reflect.DeepEqual(gotten, wanted) {
		t.Errorf("got %s, want %s", got.Body, want.Body)
	}
}

func TestList(t *testing.T) {
	redis := StartRedis(t)
	Redis(t, redis.Address, "+OK", "SET", "a", "text")
	for _, c := range []struct{ ask, want []string }{
		{[]string{"KEYS", "*"}, []string{"a"}},
		{[]string{"KEYS", "b*"}, nil},
		{[]string{"GET", "a"}, []string{"text"}},
		{[]string{"PTTL", "a"}, []string{"-1"}},
		{[]string{"EVAL", "return {1,{'x','y'}}", "0"}, []string{"1", "x", "y"}},
	} {
		if got := List(t, redis.Address, c.ask...); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.ask, got, c.want)
		}
	}
}
