package routes

import "strings"

// segments is a request's path, split: as many segments as a pattern can have,
// and how many there are, counted no further than one more.
type segments struct {
	path  string
	count int
	spans [MaxSegments]span
}

type span struct{ start, end int32 }

// split takes a canonical path. A trailing slash is left out: most servers
// serve /a and /a/ alike, and a rule for one must not be missed by the other.
func (s *segments) split(path string) {
	s.path = path
	end := len(path)
	if end > 0 && path[end-1] == '/' {
		end--
	}
	for start := 1; start < end; s.count++ {
		if s.count == MaxSegments {
			s.count++
			return
		}
		stop := strings.IndexByte(path[start:end], '/') + start
		if stop < start {
			stop = end
		}
		s.spans[s.count] = span{int32(start), int32(stop)}
		start = stop + 1
	}
}

// at returns the i-th segment; i is below count and MaxSegments.
func (s *segments) at(i int) string {
	span := s.spans[i]
	return s.path[span.start:span.end]
}
