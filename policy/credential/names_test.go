package credential

import (
	"slices"
	"testing"

	"sallyport.dev/sallyport/policy/document"
)

func TestHeaderNames(t *testing.T) {
	var p document.Problems
	got := HeaderNames(Compile([]document.Source{{Header: "X-Key"}, {Query: "key"}, {Header: "authorization", Scheme: "A"},
		{Header: "Authorization", Scheme: "B"}, {Cookie: "a"}, {Cookie: "b"}}, Source{}, "from", &p))
	if p.Err() != nil || !slices.Equal(got, []string{"x-key", "authorization", "cookie"}) {
		t.Errorf("%v, %v", got, p.Err())
	}
	if got := HeaderNames(Compile(nil, Source{Header: "x-api-key"}, "from", &p)); !slices.Equal(got, []string{"x-api-key"}) {
		t.Errorf("by default %v", got)
	}
}
