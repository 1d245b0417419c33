package limits

import (
	"math/big"
	"regexp"
	"testing"
)

var digits = regexp.MustCompile(`^[0-9]+$`)

// FuzzWholeCost: what an upstream sends is a whole number up to the most, or
// nothing.
func FuzzWholeCost(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "007", "100", "101", "-1", "+1", "1.0", "1e3", " 1", "1,1", "9223372036854775807", "9223372036854775808", "99999999999999999999999999", "٥", "1\x00"} {
		f.Add(seed, int64(100))
	}
	f.Fuzz(func(t *testing.T, value string, most int64) {
		if most < 1 || most > 1_000_000_000 {
			return
		}
		n, ok := wholeCost(value, most)
		if ok != digits.MatchString(value) {
			t.Fatalf("%q is a number: %v", value, ok)
		}
		if !ok {
			return
		}
		want, _ := new(big.Int).SetString(value, 10)
		if bound := big.NewInt(most); want.Cmp(bound) > 0 {
			want = bound
		}
		if want.Int64() != n {
			t.Errorf("%q is %d, want %d", value, n, want)
		}
	})
}
