package jose

import "testing"

// TestAllocations: a token is remembered once it was verified, so this is what a
// token costs that is new. The proxy's verifier is given the key and the text as
// they are.
func TestAllocations(t *testing.T) {
	trusting := trusting()
	for _, c := range []struct {
		name string
		most float64
	}{
		{"HS256", 8},
		{"RS256", 0},
		{"ES256", 10},
	} {
		a, _ := ParseAlgorithm(c.name)
		s := signerOf(a)
		set, text := s.set(), s.sign(`{"typ":"at+jwt","alg":"`+c.name+`","kid":"a"}`, `{"sub":"alice"}`)
		token := must(Parse(text, Bounds{}))
		if got := testing.AllocsPerRun(100, func() { must(set.Verify(trusting, token, all)) }); got > c.most {
			t.Errorf("%s: Verify allocates %v times, want at most %v", c.name, got, c.most)
		}
		if got := testing.AllocsPerRun(100, func() { must(Parse(text, Bounds{})) }); got > 20 {
			t.Errorf("%s: Parse allocates %v times, want at most 20", c.name, got)
		}
	}
}

// TestParseAllocates: with a header that is remembered the token, its payload and its
// signature are made, each once.
func TestParseAllocates(t *testing.T) {
	var h Headers
	text := signerOf(RS256).sign(`{"typ":"at+jwt","alg":"RS256","kid":"a"}`, `{"sub":"alice"}`)
	h.Remember(must(h.Parse(text, Bounds{})))
	if got := testing.AllocsPerRun(100, func() { must(h.Parse(text, Bounds{})) }); got != 3 {
		t.Errorf("%v allocations, want 3", got)
	}
}

func BenchmarkParse(b *testing.B) {
	text := signerOf(ES256).sign(`{"typ":"at+jwt","alg":"ES256","kid":"a"}`, `{"sub":"alice"}`)
	b.ReportAllocs()
	for b.Loop() {
		must(Parse(text, Bounds{}))
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, s := range signers() {
		b.Run(s.algorithm.String(), func(b *testing.B) {
			set, token := s.set(), must(Parse(s.sign("", `{"sub":"alice"}`), Bounds{}))
			b.ReportAllocs()
			for b.Loop() {
				must(set.Verify(nil, token, all))
			}
		})
	}
}
