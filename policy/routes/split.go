package routes

// segments is a request's path, split: as many segments as a pattern can have,
// and how many there are, counted no further than one more.
type segments struct {
	path  string
	count int
	spans [MaxSegments]span
}

type span struct{ start, end int32 }

// trim leaves out the trailing slash of a canonical path: most servers serve /a
// and /a/ alike, and a rule for one must not be missed by the other.
func trim(path string) string {
	if end := len(path) - 1; end >= 0 && path[end] == '/' {
		return path[:end]
	}
	return path
}

// segmentEnd returns where the segment that begins at start ends.
func segmentEnd(path string, start int) int {
	end := start
	for end < len(path) && path[end] != '/' {
		end++
	}
	return end
}

// split takes a canonical path without a trailing slash.
func (s *segments) split(path string) {
	s.path = path
	for start := 1; start < len(path); s.count++ {
		if s.count == MaxSegments {
			s.count++
			return
		}
		end := segmentEnd(path, start)
		s.spans[s.count] = span{int32(start), int32(end)}
		start = end + 1
	}
}

// at returns the i-th segment; i is below count and MaxSegments.
func (s *segments) at(i int) string {
	span := s.spans[i]
	return s.path[span.start:span.end]
}
