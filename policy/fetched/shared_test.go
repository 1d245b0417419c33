package fetched

import (
	"bytes"
	"errors"
	"fmt"
	"math"
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
	far, ahead := state{generation: math.MaxInt64}, state{generation: 1 << 61}
	c := NewCopy(source(), "test")
	for _, key := range []string{docKey, leaseKey} {
		for _, rubbish := range [][]byte{far.encode(nil, c.print), ahead.encode(nil, c.print), c.wrap(math.MaxInt64, []byte("good 1")), {}, {1}, []byte("rubbish"), bytes.Repeat([]byte{1}, stateSize), bytes.Repeat([]byte{0x30}, stateSize), bytes.Repeat([]byte{0x7f}, stateSize), bytes.Repeat([]byte{0xff}, stateSize), make([]byte, 5000)} {
			t.Run(fmt.Sprintf("%s %.8x of %d", key[len(docKey):], rubbish, len(rubbish)), func(t *testing.T) {
				p := newCopies(t, 2, source())
				p.pass(2 * time.Second)
				p.shared.Put(key, rubbish)
				p.want("good 1")
				p.sent = nil
				p.pass(30 * time.Minute)
				p.want("good 1")
				if n := len(p.sent); n > 4 {
					t.Errorf("%d calls in 30 minutes", n)
				}
				p.serve = answer(200, "good 2")
				p.sent = nil
				p.pass(20*time.Minute + 2*time.Second)
				p.want("good 2")
				if n := len(p.sent); n > 4 {
					t.Errorf("%d calls in 20 minutes", n)
				}
				p.workers[1].doc = NewCopy(source(), "test")
				p.want("good 2")
			})
		}
	}
}

// TestSharedDataIsLost: generations do not begin anew, or a worker would take
// another document for its own.
func TestSharedDataIsLost(t *testing.T) {
	p := newCopies(t, 2, source())
	p.pass(2 * time.Second)
	p.shared.Put(docKey, []byte("rubbish"))
	p.shared.Put(leaseKey, []byte("rubbish"))
	p.serve = answer(200, "good 2")
	p.workers[0].renew()
	p.settle()
	p.now += int64(time.Second)
	p.want("good 2")
}

// TestALateAnswer: what a server said before it said something newer to another
// worker replaces that nowhere.
func TestALateAnswer(t *testing.T) {
	for _, looks := range []bool{false, true} {
		p := newCopies(t, 3, source())
		late := p.workers[0].await()
		old := p.calls[0]
		if p.workers[1].await(); len(p.calls) != 2 {
			t.Fatalf("%d calls", len(p.calls))
		}
		p.serve = answer(200, "good 2")
		p.deliver(p.calls[1])
		if looks {
			p.now += int64(time.Second)
			p.workers[0].value()
		}
		p.serve = answer(200, "good 1")
		p.deliver(old)
		if looks && late.value != "good 2" {
			t.Errorf("told %v", late.value)
		}
		p.now += int64(time.Second)
		p.want("good 2")
	}
}

// TestALateFailure: a server that has answered another worker since does not
// fail.
func TestALateFailure(t *testing.T) {
	p := newCopies(t, 2, source())
	p.workers[0].await()
	p.now += int64(time.Millisecond)
	p.workers[1].await()
	p.deliver(p.calls[1])
	p.serve = answer(500, "")
	p.deliver(p.calls[0])
	if s := p.workers[0].doc.(*Copy).state; s.failures != 0 {
		t.Errorf("the state is %+v", s)
	}
}

// TestALateFailureOfTheSame: the server has said since that nothing is new.
func TestALateFailureOfTheSame(t *testing.T) {
	c, shared := NewCopy(source(), "test"), guardtest.NewShared()
	said := state{generation: 5, at: start + 2}
	shared.Put(leaseKey, said.encode(nil, c.print))
	c.fail(&guard.Request{Now: start + 3, World: &guardtest.World{Shared: shared}}, &flight{generation: 5, sent: start + 1})
	if v, _ := shared.Value(leaseKey); !bytes.Equal(v, said.encode(nil, c.print)) {
		t.Errorf("the state is %x", v)
	}
}

// TestFailuresAtOnceCountOnce: eight workers that met one outage do not wait as
// after eight.
func TestFailuresAtOnceCountOnce(t *testing.T) {
	p := newCopies(t, 8, source())
	p.serve = answer(500, "")
	for _, w := range p.workers {
		w.await()
	}
	p.wantCalls(8)
	p.now += int64(time.Second / 10)
	p.settle()
	p.now += int64(time.Second)
	p.workers[0].value()
	if s := p.workers[0].doc.(*Copy).state; s.failures != 1 {
		t.Errorf("the state is %+v", s)
	}
}

// TestAnotherWritesFirst: of two that publish at once one does.
func TestAnotherWritesFirst(t *testing.T) {
	p := newCopies(t, 2, source())
	other := p.workers[1].doc.(*Copy)
	p.before = func(call, key string) error {
		if call == guardtest.Set && key == docKey {
			p.before = nil
			p.shared.Put(docKey, other.wrap(p.now+1, []byte("good 2")))
		}
		return nil
	}
	p.workers[0].await()
	p.settle()
	if v, _ := p.shared.Value(docKey); !bytes.HasSuffix(v, []byte("good 2")) {
		t.Errorf("shared data has %q", v)
	}
	p.before = nil
	p.serve = answer(200, "good 3")
	p.pass(11 * time.Minute)
	p.want("good 3")
}

// TestAnAdoptedDocumentIsTheWorkersOwn: it does not stand in the memory that the
// next call uses.
func TestAnAdoptedDocumentIsTheWorkersOwn(t *testing.T) {
	s := source()
	s.Parse = func(body []byte) (any, error) { return &body, nil }
	p := newCopies(t, 2, s)
	p.pass(2 * time.Second)
	world := &guardtest.World{Shared: p.shared}
	c := NewCopy(s, "test")
	for i := range int64(3) {
		if v := c.Value(&guard.Request{Now: p.now + i*lookPeriod, World: world}).(*[]byte); string(*v) != "good 1" {
			t.Errorf("it has %q", *v)
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
				if v, err := copies[n].Renew(r); v == nil || err != nil {
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
