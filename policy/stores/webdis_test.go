package stores

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/stores/storestest"
)

func TestReadRedis(t *testing.T) {
	one := Level{Left: 5, Next: 6 * time.Microsecond, Wait: 0, Stamp: 8}
	tests := []struct {
		name   string
		body   string
		denied int
		err    error
	}{
		{"allowed", `{"EVALSHA":[0,5,6,0,8]}`, None, nil},
		{"allowed, with spaces", " {\n\"EVALSHA\" : [ 0 ,5,6,0,8 ] }\n", None, nil},
		{"denied", `{"EVALSHA":[1,5,6,7,8]}`, 0, nil},
		{"no time is among the months", `{"EVALSHA":[-1]}`, 0, errUnlike},
		{"no script", `{"EVALSHA":[false,"NOSCRIPT No matching script. Please use EVAL."]}`, 0, errNoScript},
		{"out of memory", `{"EVALSHA":[false,"OOM command not allowed when used memory > 'maxmemory'."]}`, 0, errScript},
		{"a replica", `{"EVALSHA":[false,"READONLY You can't write against a read only replica."]}`, 0, errScript},
		{"an error of the script", `{"EVALSHA":[false,"ERR user_script:1: boom"]}`, 0, errScript},
		{"an error without text", `{"EVALSHA":[false]}`, 0, errForm},
		{"an error with a number", `{"EVALSHA":[false,1]}`, 0, errForm},
		{"an error that goes on", `{"EVALSHA":[false,"NOSCRIPT",1]}`, 0, errForm},
		{"nothing", ``, 0, errForm},
		{"null", `{"EVALSHA":null}`, 0, errForm},
		{"a status", `{"EVALSHA":[true,"OK"]}`, 0, errForm},
		{"a number", `{"EVALSHA":0}`, 0, errForm},
		{"an empty list", `{"EVALSHA":[]}`, 0, errForm},
		{"too short", `{"EVALSHA":[0,5,6,0]}`, 0, errForm},
		{"too long", `{"EVALSHA":[0,5,6,0,8,9]}`, 0, errForm},
		{"another command's", `{"EVAL":[0,5,6,0,8]}`, 0, errForm},
		{"two members", `{"EVALSHA":[0,5,6,0,8],"EVAL":1}`, 0, errForm},
		{"two documents", `{"EVALSHA":[0,5,6,0,8]}{}`, 0, errForm},
		{"cut", `{"EVALSHA":[0,5,6,0,8]`, 0, errForm},
		{"a negative number", `{"EVALSHA":[0,-5,6,0,8]}`, 0, errForm},
		{"a fraction", `{"EVALSHA":[0,5.0,6,0,8]}`, 0, errForm},
		{"an exponent", `{"EVALSHA":[0,5e1,6,0,8]}`, 0, errForm},
		{"2^53", `{"EVALSHA":[0,9007199254740992,6,0,8]}`, 0, errForm},
		{"a string", `{"EVALSHA":[0,"5",6,0,8]}`, 0, errForm},
		{"a limit denied that was not asked", `{"EVALSHA":[2,5,6,7,8]}`, 0, errForm},
		{"-2 denied", `{"EVALSHA":[-2,5,6,7,8]}`, 0, errForm},
		{"denied, and nothing to wait for", `{"EVALSHA":[1,5,6,0,8]}`, 0, errForm},
		{"html", `<html>`, 0, errForm},
		{"deep", strings.Repeat("[", 5000), 0, errForm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			levels := make([]Level, 1)
			denied, err := readRedis([]byte(tt.body), "EVALSHA", levels)
			if !errors.Is(err, tt.err) || err == nil && denied != tt.denied {
				t.Fatalf("got %d and %v, want %d and %v", denied, err, tt.denied, tt.err)
			}
			if err == nil && denied == None && levels[0] != one {
				t.Errorf("got %+v, want %+v", levels[0], one)
			}
		})
	}
}

func FuzzReadRedis(f *testing.F) {
	for _, seed := range []string{`{"EVALSHA":[0,5,6,0,8,1,2,0,3]}`, `{"EVALSHA":[2,5,6,0,8,1,2,9,3]}`, `{"EVALSHA":[false,"NOSCRIPT x"]}`, `{"EVALSHA":[-1]}`, `{}`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		levels := make([]Level, 2)
		denied, err := readRedis(body, "EVALSHA", levels)
		if err != nil {
			return
		}
		if denied < None || denied >= len(levels) {
			t.Fatalf("%d denied", denied)
		}
		for _, l := range levels {
			if l.Left < 0 || l.Next < 0 || l.Wait < 0 || l.Stamp < 0 {
				t.Fatalf("a negative level: %+v", l)
			}
		}
	})
}

// TestTheCall: what webdis is sent, word for word.
func TestTheCall(t *testing.T) {
	bucket, _ := NewBucket(10, 1, 3)
	asks := []Ask{
		{Limit: "a", Key: Key{0xab}, Counter: bucket, Tokens: 2},
		{Limit: "b-c", Counter: NewQuota(7, "month", 2*time.Hour), Tokens: -3, Charged: 4, Stamp: 9},
	}
	zero := strings.Repeat("00", 15)
	now := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC).UnixNano()
	got := string(redisCall(nil, "EVALSHA", escape(nil, "{p}:"), "take", now, asks))
	want := "EVALSHA/" + scriptSHA + "/2/%7bp%7d%3aa%3aab" + zero + "/%7bp%7d%3ab-c%3a00" + zero +
		"/take/2/0/0/bucket/30000000/3000000/1" +
		"/-3/4/9/month/7" +
		// It is January by that clock. December began at 22:00 on the last of November, by UTC.
		"/1796076000000000/1798754400000000/1801432800000000/1803852000000000"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestABucketThatDoesNotFit(t *testing.T) {
	tests := []struct {
		name     string
		capacity int64
		num, den uint64
		ok       bool
	}{
		{"one a day, 1000", 1000, 1, 86400, true},
		{"one a day, 52125", 52125, 1, 86400, false},
		{"nine decimals", 5, 1123456789, 1000000000, false},
		{"nine decimals, 4", 4, 1123456789, 1000000000, true},
		{"the fastest and largest", 1e9, 1e6, 1, true},
		{"a third, a million", 1e6, 1, 3, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, ok := NewBucket(tt.capacity, tt.num, tt.den); ok != tt.ok {
				t.Errorf("fits: %v, want %v", ok, tt.ok)
			}
		})
	}
}

func TestNoScriptIsHealedInTheSameDecision(t *testing.T) {
	redis, store := storestest.NewRedis(t), testStore()
	world := guardtest.New("192.0.2.1")
	world.Answer = redis.Answer
	redis.SetClock(began * 1000)
	st := &State{circuits: make([]circuit, 1), spared: newSpared()}
	asks := []Ask{{Limit: "a", Counter: NewWindow(10, time.Minute), Tokens: 4}}
	for range 2 {
		if denied, err := store.Take(world, st, began*1000, asks, make([]Level, 1)); err != nil || denied != None {
			t.Fatalf("got %d and %v", denied, err)
		}
	}
	if got := strings.Join(redis.Commands, " "); got != "EVALSHA EVAL EVALSHA" {
		t.Errorf("commands are %q", got)
	}
	if st.circuits[0].failures != 0 {
		t.Error("a script that is not known counts as a failure")
	}
}
