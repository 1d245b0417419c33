package limits

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestFraction(t *testing.T) {
	tests := []struct {
		name     string
		rate     float64
		num, den uint64
	}{
		{"one", 1, 1, 1},
		{"three", 3, 3, 1},
		{"a tenth", 0.1, 1, 10},
		{"halves", 2.5, 5, 2},
		{"nine decimals", 123456.123456789, 123456123456789, 1000000000},
		{"the smallest decimal", 0.000000001, 1, 1000000000},
		{"the largest", 1_000_000, 1_000_000, 1},
		{"a third", 1.0 / 3, 1, 3},
		{"two thirds", 2.0 / 3, 2, 3},
		{"one a minute", 1.0 / 60, 1, 60},
		{"100 a day", 100.0 / 86400, 1, 864},
		{"one a day", 1.0 / 86400, 1, 86400},
		{"one a year", 1.0 / (366 * 86400), 1, 366 * 86400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if num, den := fraction(tt.rate); num != tt.num || den != tt.den {
				t.Errorf("fraction(%v) = %d/%d, want %d/%d", tt.rate, num, den, tt.num, tt.den)
			}
		})
	}
}

// anyRate draws every kind of rate that a document can hold.
func anyRate() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Map(rapid.Int64Range(1, 1_000_000), func(n int64) float64 { return float64(n) }),
		rapid.Map(rapid.Int64Range(1, 1_000_000_000_000_000), func(n int64) float64 { return float64(n) / 1e9 }),
		rapid.Map(rapid.Int64Range(1, 10_000_000), func(n int64) float64 { return 1 / float64(n) }),
		rapid.Float64Range(1e-7, 1_000_000),
	)
}

func TestFractionIsWithinABillionth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := anyRate().Draw(t, "rate")
		num, den := fraction(rate)
		if num == 0 || den == 0 || den > maxDenominator {
			t.Fatalf("%d/%d", num, den)
		}
		want := new(big.Rat).SetFloat64(rate)
		off := new(big.Rat).SetFrac(new(big.Int).SetUint64(num), new(big.Int).SetUint64(den))
		off.Quo(off.Sub(off, want), want)
		if off.Abs(off).Cmp(big.NewRat(1, 1_000_000_000)) > 0 {
			t.Errorf("%d/%d is off by %s of %v", num, den, off.FloatString(15), rate)
		}
	})
}
