package jose

import "math/big"

// rocaPrimes are the primes that tell a key of the generator of CVE-2017-15361:
// modulo each of them its modulus is a power of 65537. One sound key in some
// hundred millions is so too.
var rocaPrimes = [...]int64{
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
	101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
}

// weakROCA tells whether the modulus is of that generator.
func weakROCA(n *big.Int) bool {
	var rest big.Int
	for _, p := range rocaPrimes {
		if !powerOf65537(rest.Mod(n, big.NewInt(p)).Int64(), p) {
			return false
		}
	}
	return true
}

func powerOf65537(n, p int64) bool {
	power := int64(1)
	for range p {
		if power == n {
			return true
		}
		power = power * 65537 % p
	}
	return false
}
