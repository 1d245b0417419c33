package fetched

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

const (
	docKey   = "sallyport/test/fetched/doc"
	leaseKey = docKey + "/lease"
)

// TestWithoutSharedData: each worker goes on by itself.
func TestWithoutSharedData(t *testing.T) {
	down := errors.New("down")
	for name, fails := range map[string]func(call, key string) error{
		"all":                 func(string, string) error { return down },
		"reads":               func(call, _ string) error { return when(call == guardtest.Get, down) },
		"writes":              func(call, _ string) error { return when(call == guardtest.Set, down) },
		"the document":        func(_, key string) error { return when(key == docKey, down) },
		"the state":           func(_, key string) error { return when(key == leaseKey, down) },
		"writes the document": func(call, key string) error { return when(call == guardtest.Set && key == docKey, down) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newCopies(t, 2, source())
			p.before = fails
			p.pass(20 * time.Second)
			p.want("good 1")
			p.serve = answer(500, "")
			p.pass(20 * time.Minute)
			p.want("good 1")
			p.serve = answer(200, "good 2")
			p.pass(80 * time.Second)
			if name == "all" || name == "reads" {
				p.want("good 2")
			}
			p.pass(10 * time.Minute)
			p.want("good 2")
			if n := len(p.sent); n > 80 {
				t.Errorf("%d calls in half an hour", n)
			}
			p.sent, p.serve = nil, answer(200, "good 3")
			s := p.workers[0].renew()
			p.settle()
			for range 20 {
				p.now += int64(time.Second)
				p.workers[0].renew()
				p.settle()
			}
			if s.value != "good 3" || len(p.sent) != 1 {
				t.Errorf("renewed to %v by %d calls", s.value, len(p.sent))
			}
		})
	}
}

func when(fails bool, err error) error {
	if fails {
		return err
	}
	return nil
}

// TestRubbishInSharedData, which any plugin of the proxy can write: the good
// document stays, and shared data is put right.
func TestRubbishInSharedData(t *testing.T) {
	for _, key := range []string{docKey, leaseKey} {
		for _, rubbish := range [][]byte{{}, {1}, []byte("rubbish"), bytes.Repeat([]byte{1}, stateSize), bytes.Repeat([]byte{0xff}, stateSize), make([]byte, 5000)} {
			t.Run(fmt.Sprintf("%s %.8x of %d", key[len(docKey):], rubbish, len(rubbish)), func(t *testing.T) {
				p := newCopies(t, 2, source())
				p.pass(2 * time.Second)
				p.shared.Put(key, rubbish)
				p.want("good 1")
				p.pass(3 * time.Second)
				p.want("good 1")
				p.serve = answer(200, "good 2")
				p.pass(10*time.Minute + 2*time.Second)
				p.want("good 2")
				p.workers[1].doc = NewCopy(source(), "test")
				p.want("good 2")
			})
		}
	}
}

// TestADocumentThatOneCannotParse: a worker with a stricter policy keeps its own.
func TestADocumentThatOneCannotParse(t *testing.T) {
	strict := source()
	strict.Parse = func(body []byte) (any, error) {
		if string(body) == "good 2" {
			return nil, errors.New("too good")
		}
		return text(body)
	}
	p := newCopies(t, 2, source())
	p.workers[1].doc = NewCopy(strict, "test")
	p.pass(2 * time.Second)
	p.serve = answer(200, "good 2")
	p.pass(15 * time.Minute)
	if a, b := p.workers[0].value(), p.workers[1].value(); a != "good 2" || b != "good 1" {
		t.Errorf("%v and %v", a, b)
	}
	if n := len(p.sent); n > 30 {
		t.Errorf("%d calls in 15 minutes", n)
	}
	p.serve = answer(200, "good 3")
	p.pass(12 * time.Minute)
	p.want("good 3")
}

// TestWorkersAtOnce: whatever order the workers' steps have, all end with one
// document, and none with less than it had.
func TestWorkersAtOnce(t *testing.T) {
	shared := guardtest.NewShared()
	var workers sync.WaitGroup
	copies := make([]*Copy, 8)
	for n := range copies {
		copies[n] = NewCopy(source(), "test")
		workers.Go(func() {
			served := 0
			world := &guardtest.World{Shared: shared, Answer: func(*guard.Call) (guard.Answer, error) {
				served++
				return guard.Answer{Status: 200, Body: fmt.Appendf(nil, "good %d of %d", served, n)}, nil
			}}
			for i := range int64(2000) {
				r := &guard.Request{Now: start + i*int64(31*time.Second), World: world}
				if v, err := copies[n].Renew(r); v == nil || err != nil && err != ErrRenewing {
					t.Errorf("renewed: %v, %v", v, err)
				}
				copies[n].Run(r)
			}
		})
	}
	workers.Wait()
	var newest any
	for _, c := range copies {
		world := &guardtest.World{Shared: shared}
		v := c.Value(&guard.Request{Now: start + int64(100*time.Hour), World: world})
		if newest == nil {
			newest = v
		}
		if v != newest {
			t.Errorf("one worker has %v, another %v", newest, v)
		}
	}
}

// FuzzSharedData: what stands there is read without a panic, and what is taken
// is written back the same.
func FuzzSharedData(f *testing.F) {
	c := NewCopy(source(), "test")
	s := state{generation: 1, at: 2, taken: 3, renewed: 4, failed: 5, failures: 6}
	f.Add(s.encode(nil, c.print))
	f.Add(s.encode(nil, print{}))
	f.Add(c.wrap(7, []byte("good")))
	f.Add(c.wrap(0, []byte("good")))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s state
		if s.decode(b, c.print) && !bytes.Equal(s.encode(nil, c.print), b) {
			t.Errorf("%x is read as %+v", b, s)
		}
		for _, field := range s.fields() {
			if *field < 0 {
				t.Errorf("a negative number: %+v", s)
			}
		}
		body, generation, ok := c.unwrap(b)
		if ok && !bytes.Equal(c.wrap(generation, body), b) {
			t.Errorf("%x is read as %d and %q", b, generation, body)
		}
		shared := guardtest.NewShared()
		shared.Put(docKey, b)
		shared.Put(leaseKey, b)
		c := NewCopy(source(), "test")
		world := &guardtest.World{Shared: shared, Answer: answer(200, "good")}
		for i := range int64(20) {
			c.Run(&guard.Request{Now: start + i*int64(time.Second), World: world})
		}
		if v := c.Value(&guard.Request{Now: start + int64(time.Minute), World: world}); v == nil {
			t.Error("it never recovered")
		}
	})
}
