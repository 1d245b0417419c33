package apikey

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
)

// Whatever is answered, in whatever order: what is remembered stays within its
// bounds, the sizes add up, and no id is both a key's and nobody's for good.
func TestAnswersAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, now := newAnswers(), start
		for range rapid.IntRange(1, 200).Draw(t, "answers") {
			id := fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "id"))
			now += rapid.Int64Range(-int64(time.Second), int64(time.Minute)).Draw(t, "later")
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				a.put(id, &record{at: now, size: rapid.IntRange(1, answersBytes/4).Draw(t, "size")})
				if a.get(id) == nil || a.refused(id, now) != notRefused {
					t.Fatal("what was put is not there, or refused")
				}
			case 1:
				a.lack(id, now, 1)
				if a.get(id) != nil || a.refused(id, now) != absentKey {
					t.Fatal("what there is not is there, or not refused")
				}
			case 2:
				a.fail(id, now)
			case 3:
				a.spoil(id, now)
			}
			sum := 0
			for _, e := range a.records.Values() {
				sum += e.size
			}
			if sum != a.bytes || sum > answersBytes {
				t.Fatalf("%d bytes are held and %d counted, of %d", sum, a.bytes, answersBytes)
			}
		}
	})
}

// Made-up keys push out no client.
func TestRefusalsPushOutNoAnswer(t *testing.T) {
	a := newAnswers()
	a.put("good", &record{at: start, size: 1})
	for n := range 2 * refusalsMost {
		a.lack(fmt.Sprint(n), start, 1)
	}
	if a.get("good") == nil || a.refusals.Len() != refusalsMost {
		t.Errorf("good: %v, %d refusals", a.get("good"), a.refusals.Len())
	}
	for n := range 2 * answersMost {
		a.put(fmt.Sprint(n), &record{at: start, size: 1})
	}
	if a.records.Len() != answersMost || a.bytes != answersMost {
		t.Errorf("%d records of %d bytes", a.records.Len(), a.bytes)
	}
}

// Failures in a row open the circuit: an answer between them begins a new row.
func TestCircuitCountsFailuresInARow(t *testing.T) {
	answered := map[string]func(*answers){
		"a client":     func(a *answers) { a.put("good", &record{at: start}) },
		"no such key":  func(a *answers) { a.lack("good", start, 1) },
		"an odd thing": func(a *answers) { a.spoil("good", start) },
	}
	for name, want := range map[string]bool{"a client": true, "no such key": true, "an odd thing": false} {
		a := newAnswers()
		for n := range 2*failuresMost - 2 {
			if n == failuresMost-1 {
				answered[name](a)
			}
			a.fail(fmt.Sprint(n), start)
		}
		if got := a.mayAsk("x", start); got != want {
			t.Errorf("%s between failures: may ask %t, want %t", name, got, want)
		}
	}
}

// A record that claims to be of the future is of a clock that was set back.
func TestRecordAges(t *testing.T) {
	e := &record{at: start}
	for _, c := range []struct {
		later time.Duration
		want  bool
	}{{0, true}, {time.Hour - 1, true}, {time.Hour, false}, {-time.Second, true}, {-2 * time.Minute, false}} {
		if got := e.within(int64(time.Hour), start+int64(c.later)); got != c.want {
			t.Errorf("%v later: %t", c.later, got)
		}
	}
	if (*record)(nil).within(int64(time.Hour), start) || e.within(0, start) {
		t.Error("nothing is young, or anything is within no time")
	}
}

// What is refused for a while is not refused for longer when the clock is set back.
func TestRefusalsOutliveNoClockThatIsSetBack(t *testing.T) {
	a, earlier := newAnswers(), start-int64(time.Hour)
	a.lack("absent", start, int64(time.Minute))
	for n := range failuresMost {
		a.fail(fmt.Sprint(n), start)
	}
	if a.refused("absent", start) != absentKey || a.refused("0", start) != failedKey || a.mayAsk("x", start) {
		t.Error("nothing is refused")
	}
	if a.refused("absent", start-1) != absentKey || a.mayAsk("x", start-1) {
		t.Error("a request that began before is judged otherwise")
	}
	if a.refused("absent", earlier) != notRefused || a.refused("0", earlier) != notRefused || !a.mayAsk("x", earlier) {
		t.Error("it is refused an hour before")
	}
}

// fuzzed is a directory whose identity forwards what could break a header.
func fuzzed(t testing.TB) *directory {
	t.Helper()
	var p document.Problems
	i := Compile("i", document.APIKey{Prefix: "sk_", Directory: &document.Directory{URL: "http://k/{key_id}"},
		Forward: &document.APIKeyForward{Headers: map[string]string{"x-client": "client", "x-roles": "roles", "x-key": "key"}}}, "i", nil, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return i.directory
}

// FuzzDirectoryAnswer: of what is accepted nothing can break a header or a log,
// and the policy would take the very same text as a client.
func FuzzDirectoryAnswer(f *testing.F) {
	const sum = `"sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"`
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"id": "a"}`,
		`{"id": "a", "keys": [{"id": "k", ` + sum + `}]}`,
		`{"id": "a", "status": "suspended", "tenant": "t", "plan": "p", "scopes": ["s"], "roles": ["r"], "claims": {"c": "d"}, "keys": [{"id": "k", ` + sum + `, "not_before": "2026-01-01T00:00:00Z", "expires": "2027-01-01T00:00:00Z"}]}`,
		`{"id": "a\r\nx: y", "keys": [{"id": "k", ` + sum + `}]}`,
		`{"id": "a", "roles": ["b c"], "keys": [{"id": "k", ` + sum + `}, {"id": "l", ` + sum + `}]}`,
		`{"id": "a", "id": "b", "keys": [{"id": "k", ` + sum + `}]} trailing`,
		`{"id": "a", "keys": [{"id": "k", "bcrypt": "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"}]}`,
		strings.Repeat(`{"claims":`, 200),
	} {
		f.Add([]byte(seed))
	}
	d := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		e := d.read(body, start)
		if e == nil {
			return
		}
		if len(e.keys) == 0 || e.size < len(body) {
			t.Fatalf("%d keys of %d bytes", len(e.keys), e.size)
		}
		for _, k := range e.keys {
			for _, value := range append([]string{k.id}, k.client.values...) {
				if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }) || strings.Contains(value, ",") {
					t.Errorf("a header would have the value %q", value)
				}
			}
			if c := k.client.caller; c.Identity != "i" || c.Client == "" || hasControl(c.Client+c.Tenant+c.Plan) {
				t.Errorf("the caller is %+v", c)
			}
		}
		text := `{"version": 1, "routes": [{"name": "a", "path": "/", "identities": ["i"]}], "identities": {"i": {"api_key": {"clients": [` + string(body) + `]}}}}`
		if _, err := document.Parse([]byte(text)); err != nil {
			t.Errorf("a policy would refuse it: %v", err)
		}
	})
}
