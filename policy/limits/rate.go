package limits

import "math"

// maxDenominator bounds the denominator of a rate, so that all products of
// bucket.go fit in 128 bits, and their quotients in 64.
const maxDenominator = 1_000_000_000

// fraction returns tokens per second as num/den in lowest terms. It is exact
// for rates of up to nine decimals, and gives the fraction that was meant for
// quotients such as 1.0/3 or 1.0/86400; any other rate from 1e-9 to 1e6 is off
// by less than 1e-9 of itself.
func fraction(rate float64) (num, den uint64) {
	for den = 1; den <= maxDenominator; den *= 10 {
		n := math.Round(rate * float64(den))
		if n > 0 && n/float64(den) == rate {
			return reduce(uint64(n), den)
		}
	}
	return convergent(rate)
}

// convergent walks the continued fraction of rate until the fraction is rate
// itself as a float64, or the next denominator would be too large. Each
// fraction p/q on the way is off by less than 1/(q*q').
func convergent(rate float64) (num, den uint64) {
	p0, q0, p, q := 0.0, 1.0, 1.0, 0.0
	for x := rate; ; x = 1 / x {
		whole := math.Floor(x)
		nextP, nextQ := whole*p+p0, whole*q+q0
		if nextQ > maxDenominator {
			break
		}
		p0, q0, p, q = p, q, nextP, nextQ
		if x -= whole; x == 0 || p/q == rate {
			break
		}
	}
	return reduce(uint64(p), uint64(q))
}

func reduce(num, den uint64) (uint64, uint64) {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	return num / a, den / a
}
