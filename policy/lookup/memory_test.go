package lookup

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// start is when the tests begin.
var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC).UnixNano()

// sized is an answer of a size.
type sized struct{ bytes int }

func newMemory() *Memory[string, sized] { return New[string](func(v *sized) int { return v.bytes }) }

// Whatever is answered, in whatever order: what is remembered stays within its
// bounds, the sizes add up, and no id is both a key's and nobody's for good.
func TestAnswersAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, now := newMemory(), start
		for range rapid.IntRange(1, 200).Draw(t, "answers") {
			id := fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "id"))
			now += rapid.Int64Range(-int64(time.Second), int64(time.Minute)).Draw(t, "later")
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				a.Put(id, &sized{rapid.IntRange(1, answersBytes/4).Draw(t, "size")})
				if a.Get(id) == nil || a.Refused(id, now) != NotRefused {
					t.Fatal("what was put is not there, or refused")
				}
			case 1:
				a.Lack(id, now, 1)
				if a.Get(id) != nil || a.Refused(id, now) != Absent {
					t.Fatal("what there is not is there, or not refused")
				}
			case 2:
				a.Fail(id, now)
			case 3:
				a.Spoil(id, now)
			}
			sum := 0
			for _, e := range a.answers.Values() {
				sum += e.bytes
			}
			if sum != a.bytes || sum > answersBytes {
				t.Fatalf("%d bytes are held and %d counted, of %d", sum, a.bytes, answersBytes)
			}
		}
	})
}

// Made-up keys push out no client.
func TestRefusalsPushOutNoAnswer(t *testing.T) {
	a := newMemory()
	a.Put("good", &sized{1})
	for n := range 2 * refusalsMost {
		a.Lack(fmt.Sprint(n), start, 1)
	}
	if a.Get("good") == nil || a.refusals.Len() != refusalsMost {
		t.Errorf("good: %v, %d refusals", a.Get("good"), a.refusals.Len())
	}
	for n := range 2 * answersMost {
		a.Put(fmt.Sprint(n), &sized{1})
	}
	if a.answers.Len() != answersMost || a.bytes != answersMost {
		t.Errorf("%d records of %d bytes", a.answers.Len(), a.bytes)
	}
}

// Failures in a row open the circuit: an answer between them begins a new row.
func TestCircuitCountsFailuresInARow(t *testing.T) {
	answered := map[string]func(*Memory[string, sized]){
		"a client":     func(a *Memory[string, sized]) { a.Put("good", &sized{}) },
		"no such key":  func(a *Memory[string, sized]) { a.Lack("good", start, 1) },
		"an odd thing": func(a *Memory[string, sized]) { a.Spoil("good", start) },
	}
	for name, want := range map[string]bool{"a client": true, "no such key": true, "an odd thing": false} {
		a := newMemory()
		for n := range 2*failuresMost - 2 {
			if n == failuresMost-1 {
				answered[name](a)
			}
			a.Fail(fmt.Sprint(n), start)
		}
		if got := a.MayAsk("x", start); got != want {
			t.Errorf("%s between failures: may ask %t, want %t", name, got, want)
		}
	}
}

// What is refused for a while is not refused for longer when the clock is set back.
func TestRefusalsOutliveNoClockThatIsSetBack(t *testing.T) {
	a, earlier := newMemory(), start-int64(time.Hour)
	a.Lack("absent", start, int64(time.Minute))
	for n := range failuresMost {
		a.Fail(fmt.Sprint(n), start)
	}
	if a.Refused("absent", start) != Absent || a.Refused("0", start) != Failed || a.MayAsk("x", start) {
		t.Error("nothing is refused")
	}
	if a.Refused("absent", start-1) != Absent || a.MayAsk("x", start-1) {
		t.Error("a request that began before is judged otherwise")
	}
	if a.Refused("absent", earlier) != NotRefused || a.Refused("0", earlier) != NotRefused || !a.MayAsk("x", earlier) {
		t.Error("it is refused an hour before")
	}
}
