package stores

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/stores/storestest"
)

func TestTheScriptHasItsName(t *testing.T) {
	sum := sha1.Sum([]byte(script))
	if want := hex.EncodeToString(sum[:]); scriptSHA != want {
		t.Errorf("scriptSHA is %q, want %q", scriptSHA, want)
	}
}

// began is the time of tests, in microseconds.
const began = 1_760_000_000_123_457

// pair is a counter and its model.
type pair struct {
	ask  Ask
	key  string
	most int64
	model
}

func anyPair(t *rapid.T, i int) *pair {
	p := &pair{most: rapid.OneOf(rapid.Int64Range(1, 20), rapid.Int64Range(1, 1e9)).Draw(t, "most")}
	switch rapid.SampledFrom([]string{"bucket", "window", "quota"}).Draw(t, "algorithm") {
	case "bucket":
		num := rapid.OneOf(rapid.Uint64Range(1, 10), rapid.Uint64Range(1, 1e6)).Draw(t, "num")
		den := rapid.SampledFrom([]uint64{1, 3, 10, 1000, 86400}).Draw(t, "den")
		shared := divisor(num, den)
		c, ok := NewBucket(p.most, num/shared, den/shared)
		for ; !ok; c, ok = NewBucket(p.most, num/shared, den/shared) {
			p.most /= 10
		}
		p.ask.Counter, p.model = c, newBucketModel(p.most, num, den)
	case "window":
		length := rapid.OneOf(rapid.Int64Range(1, 60), rapid.Just(int64(3600)), rapid.Int64Range(1, 366*86400)).Draw(t, "length")
		p.ask.Counter = NewWindow(p.most, time.Duration(length)*time.Second)
		p.model = &windowModel{limit: p.most, length: length * 1e6}
	case "quota":
		p.most = rapid.OneOf(rapid.Just(p.most), rapid.Int64Range(1, 1e12)).Draw(t, "quota")
		per := rapid.SampledFrom([]string{"hour", "day", "month"}).Draw(t, "per")
		offset := time.Duration(rapid.IntRange(-12*60, 14*60).Draw(t, "offset")) * time.Minute
		p.ask.Counter, p.model = NewQuota(p.most, per, offset), &quotaModel{limit: p.most, per: per, offset: offset}
	}
	p.ask.Limit, p.ask.Key = fmt.Sprint("limit-", i), Key{byte(i)}
	p.key = "{sallyport}:" + p.ask.Limit + ":" + hex.EncodeToString(p.ask.Key[:])
	return p
}

// anyStep moves Redis' clock, sometimes back.
func anyStep(t *rapid.T) int64 {
	return rapid.OneOf(
		rapid.Int64Range(0, 1000),
		rapid.Int64Range(0, 10e6),
		rapid.Int64Range(-2e6, 2e6),
		rapid.Int64Range(-7200e6, 7200e6),
		rapid.Int64Range(-40*86400e6, 80*86400e6),
	).Draw(t, "step")
}

// TestTheScriptEqualsTheExactModels: several counters in one call, by clocks
// that go forth and back. Keys are not taken away when they expire: what is as
// if never used must read so.
func TestTheScriptEqualsTheExactModels(t *testing.T) {
	redis := storestest.NewRedis(t)
	store := testStore()
	load(t, redis)
	rapid.Check(t, func(t *rapid.T) {
		redis.FlushAll()
		world := guardtest.New("192.0.2.1")
		world.Answer = redis.Answer
		pairs := make([]*pair, rapid.IntRange(1, 3).Draw(t, "limits"))
		for i := range pairs {
			pairs[i] = anyPair(t, i)
		}
		now := int64(began)
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			now = max(now+anyStep(t), 100*366*86400e6/2)
			redis.SetClock(now * 1000)
			worker := now + rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-100e6, 100e6), rapid.Int64Range(-70*86400e6, 70*86400e6)).Draw(t, "worker")
			run(t, redis, world, store, pairs, now, worker)
		}
	})
}

// load tells Redis the script, as the first request does.
func load(t testing.TB, redis *storestest.Redis) {
	t.Helper()
	if _, err := redis.Answer(&guard.Call{Method: "POST", Path: "/", Body: escape([]byte("SCRIPT/LOAD/"), script)}); err != nil {
		t.Fatal(err)
	}
}

func testStore() *Store {
	return &Store{name: "redis", cluster: "webdis", timeout: time.Second, open: time.Second, failures: 5, prefix: escape(nil, "{sallyport}:")}
}

// run asks the script and the models.
func run(t *rapid.T, redis *storestest.Redis, world *guardtest.World, s *Store, pairs []*pair, now, worker int64) {
	settle := rapid.IntRange(0, 4).Draw(t, "settle") == 0
	asks, models, sound := make([]Ask, len(pairs)), make([]model, len(pairs)), true
	want := None
	for i, p := range pairs {
		m := p.clone()
		if q, ok := m.(*quotaModel); ok {
			q.worker = worker
		}
		sound = m.at(now) && sound
		asks[i] = p.ask
		asks[i].Tokens = rapid.OneOf(rapid.Int64Range(1, max(p.most/5, 1)), rapid.Int64Range(1, p.most)).Draw(t, "tokens")
		if settle {
			asks[i].Tokens *= rapid.SampledFrom([]int64{-1, 1}).Draw(t, "sign")
			asks[i].Stamp = p.stamp()
			asks[i].Charged = max(-asks[i].Tokens, 0) + rapid.Int64Range(0, p.most).Draw(t, "kept")
		} else if want == None && sound && !m.fits(asks[i].Tokens) {
			want = i
		}
		models[i] = m
	}
	levels := make([]Level, len(pairs))
	var got int
	var err error
	if settle {
		got = None
		s.Settle(world, &State{circuits: make([]circuit, 1)}, worker*1000, asks)
	} else {
		got, err = s.askRedis(world, &query{now: worker * 1000, asks: asks, levels: levels})
	}
	if !sound {
		if !settle && err != errUnlike {
			t.Fatalf("months apart: %v, want %v", err, errUnlike)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("%d denied, want %d", got, want)
	}
	for i, m := range models {
		compare(t, m, asks[i].Tokens, levels[i], got == None, settle)
		if tokens := asks[i].Tokens; got == None && settle {
			m.add(min(tokens, m.left()), asks[i].Charged, asks[i].Stamp)
		} else if got == None {
			m.add(tokens, 0, 0)
		}
		if got == None || m.moved() {
			pairs[i].model = m
			expires(t, redis, pairs[i].key, m.expiry(), now)
		}
	}
}

// compare holds a level against the model before the charge.
func compare(t *rapid.T, before model, tokens int64, l Level, taken, settle bool) {
	if settle {
		return // nobody reads what it answers
	}
	m := before.clone()
	want := Level{Stamp: m.stamp()}
	if !m.fits(tokens) {
		want.Wait = time.Duration(m.wait(tokens)) * time.Microsecond
	}
	if taken {
		m.add(tokens, 0, 0)
	}
	want.Left = m.left()
	want.Next = time.Duration(m.wait(want.Left+1)) * time.Microsecond
	if l != want {
		t.Fatalf("%T: %d tokens give %+v, want %+v", m, tokens, l, want)
	}
}

// expires holds a key's life against the time at which it is as if never used,
// in whole milliseconds.
func expires(t *rapid.T, redis *storestest.Redis, key string, expiry, now int64) {
	if expiry == 0 {
		if redis.Exists(key) {
			t.Fatalf("%s is kept, and as if never used", key)
		}
		return
	}
	want := time.Duration((expiry+999)/1000*1000-now) * time.Microsecond
	if got := redis.TTL(key); got != want {
		t.Fatalf("%s lives for %v, want %v", key, got, want)
	}
}

func TestWhatNobodyWroteCountsAsUnused(t *testing.T) {
	redis, store := storestest.NewRedis(t), testStore()
	world := guardtest.New("192.0.2.1")
	world.Answer = redis.Answer
	redis.SetClock(began * 1000)
	bucket, _ := NewBucket(10, 1, 1)
	counters := map[string]*Counter{"bucket": bucket, "window": NewWindow(10, time.Minute), "quota": NewQuota(10, "day", 0), "month": NewQuota(10, "month", 0)}
	values := map[string]func(key string){
		"text":        func(key string) { redis.Set(key, "hello") },
		"empty":       func(key string) { redis.Set(key, "") },
		"bytes":       func(key string) { redis.Set(key, "\xff\x00\xfe") },
		"signs":       func(key string) { redis.Set(key, "b-1:-1") },
		"huge":        func(key string) { redis.Set(key, "b"+strings.Repeat("9", 400)+":1") },
		"huge too":    func(key string) { redis.Set(key, "w1:"+strings.Repeat("9", 20)+":1") },
		"hexadecimal": func(key string) { redis.Set(key, "q0x10:1") },
		"a list":      func(key string) { redis.Lpush(key, "x") },
		"a hash":      func(key string) { redis.HSet(key, "a", "b") },
	}
	for algorithm, c := range counters {
		for name, put := range values {
			t.Run(algorithm+"/"+name, func(t *testing.T) {
				redis.FlushAll()
				ask := Ask{Limit: "a", Counter: c, Tokens: 4}
				put("{sallyport}:a:" + strings.Repeat("0", 32))
				for _, want := range []int64{6, 2} {
					levels := make([]Level, 1)
					denied, err := store.askRedis(world, &query{now: began * 1000, asks: []Ask{ask}, levels: levels})
					if err != nil || denied != None || levels[0].Left != want {
						t.Fatalf("got %d, %v and %+v, want %d left", denied, err, levels[0], want)
					}
				}
			})
		}
	}
}

// TestAWrongTimeEnds: what stands in a key may be of a clock that was far
// ahead. It keeps nobody out for longer than a full counter does.
func TestAWrongTimeEnds(t *testing.T) {
	redis, store := storestest.NewRedis(t), testStore()
	world := guardtest.New("192.0.2.1")
	world.Answer = redis.Answer
	bucket, _ := NewBucket(10, 1, 1)
	for value, c := range map[string]*Counter{
		"b9007199254740990:9007199254740990":    bucket,
		"w9007199254740990:4294967296:99999999": NewWindow(10, time.Minute),
		"q9007199254740990:9007199254740990":    NewQuota(10, "hour", 0),
	} {
		redis.Set("{sallyport}:a:"+strings.Repeat("0", 32), value)
		now := int64(began)
		levels := make([]Level, 1)
		ask := []Ask{{Limit: "a", Counter: c, Tokens: 4}}
		redis.SetClock(now * 1000)
		denied, err := store.askRedis(world, &query{now: now * 1000, asks: ask, levels: levels})
		if err != nil || denied != 0 || levels[0].Wait > 2*time.Hour {
			t.Fatalf("%s: got %d, %v and %+v, want a denial that ends", value, denied, err, levels[0])
		}
		now += levels[0].Wait.Microseconds()
		redis.SetClock((now - 1) * 1000)
		if denied, err = store.askRedis(world, &query{now: now * 1000, asks: ask, levels: levels}); err != nil || denied != 0 || levels[0].Wait != time.Microsecond {
			t.Fatalf("%s: a microsecond before, got %d, %v and %+v", value, denied, err, levels[0])
		}
		redis.SetClock(now * 1000)
		if denied, err = store.askRedis(world, &query{now: now * 1000, asks: ask, levels: levels}); err != nil || denied != None {
			t.Fatalf("%s: at the time that it said, got %d, %v and %+v", value, denied, err, levels[0])
		}
	}
}

// TestALateAnswerGivesNothingBack: tokens that have refilled since they were
// charged are not given a second time, or requests in flight would be a store
// of tokens beside the bucket.
func TestALateAnswerGivesNothingBack(t *testing.T) {
	redis, store := storestest.NewRedis(t), testStore()
	load(t, redis)
	world := guardtest.New("192.0.2.1")
	world.Answer = redis.Answer
	c, _ := NewBucket(10, 1, 1)
	now := int64(began)
	take := func(tokens int64) (Level, int) {
		redis.SetClock(now * 1000)
		asks, levels := []Ask{{Limit: "a", Counter: c, Tokens: tokens}}, make([]Level, 1)
		denied, err := store.askRedis(world, &query{now: now * 1000, asks: asks, levels: levels})
		if err != nil {
			t.Fatal(err)
		}
		return levels[0], denied
	}
	held, _ := take(10) // in flight
	now += 10e6         // all has refilled
	if _, denied := take(10); denied != None {
		t.Fatal("the bucket has not refilled")
	}
	for _, late := range []struct{ later, left int64 }{{0, 0}, {3e6, 3}} {
		now += late.later
		redis.SetClock(now * 1000)
		store.Settle(world, &State{circuits: make([]circuit, 1)}, now*1000, []Ask{{Limit: "a", Counter: c, Tokens: -9, Charged: 10, Stamp: held.Stamp}})
		if l, _ := take(10); l.Left != late.left {
			t.Errorf("%d tokens are left after the late answer, want %d", l.Left, late.left)
		}
	}
}
