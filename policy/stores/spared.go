package stores

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// sparedEntries bounds what a worker remembers of those who were denied.
	sparedEntries = 4096
	// sparedLongest bounds for how long. What a store said may be overtaken: a
	// charge is given back, or an operator takes a key away. One request a second
	// for each of them is no flood.
	sparedLongest = time.Second
	// step is how far the clocks of two requests may be apart when the later one
	// is judged first. Further back the clock was set.
	step = time.Second
)

// spared remembers who was denied, so that who calls on and on costs the store
// nothing. Times are those of requests, read before the store was asked: so
// nobody is denied for longer than it said.
type spared struct {
	denials *simplelru.LRU[counted, denial]
	latest  int64 // of all times
}

// counted is one counter of a limit.
type counted struct {
	limit string
	key   Key
}

type denial struct {
	learned int64
	tokens  int64 // the fewest that were denied
	level   Level
}

func newSpared() spared {
	denials, err := simplelru.NewLRU[counted, denial](sparedEntries, nil)
	if err != nil {
		return spared{} // only for a size below one; the store is asked every time
	}
	return spared{denials: denials}
}

// find returns what a store said of an ask, if it would say so still.
func (s *spared) find(a *Ask, now int64) (l Level, ok bool) {
	if s.denials == nil {
		return Level{}, false
	}
	s.notice(now)
	d, ok := s.denials.Get(counted{a.Limit, a.Key})
	if !ok || a.Tokens < d.tokens {
		return Level{}, false
	}
	since := time.Duration(now - d.learned)
	if since < 0 || since >= min(d.level.Wait, sparedLongest) {
		s.denials.Remove(counted{a.Limit, a.Key})
		return Level{}, false
	}
	l = d.level
	l.Next, l.Wait = max(0, l.Next-since), l.Wait-since
	return l, true
}

// remember keeps a denial. One for fewer tokens takes the place of one for more,
// never the other way round: who asks for more is not asked for.
func (s *spared) remember(a *Ask, l Level, now int64) {
	if s.denials == nil || l.Wait <= 0 || s.latest-now >= int64(sparedLongest) {
		return // an answer that was so long under way is over, and no clock was set back
	}
	k := counted{a.Limit, a.Key}
	if d, ok := s.denials.Peek(k); ok && d.tokens < a.Tokens && now-d.learned < int64(min(d.level.Wait, sparedLongest)) {
		return // of two that were asked at once
	}
	s.denials.Add(k, denial{learned: now, tokens: a.Tokens, level: l})
}

// notice forgets all when the clock was set back: what was learned by the old
// one would deny anew when the new one gets there.
func (s *spared) notice(now int64) {
	if now < s.latest-int64(step) {
		s.denials.Purge()
		s.latest = now
	}
	s.latest = max(s.latest, now)
}
