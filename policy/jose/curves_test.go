package jose

import (
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"slices"
	"testing"
)

// edwardsKey is a sound key by a seed, as a JSON Web Key.
func edwardsKey(seed int64, kid string) string {
	sum := sha256.Sum256(fmt.Append(nil, seed))
	return with(jwkOf(ed25519.NewKeyFromSeed(sum[:]).Public()), `"kid":"`+kid+`"`)
}

// TestCurves compares the constants with Go's.
func TestCurves(t *testing.T) {
	for i, want := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		got, p := curves[i], want.Params()
		if got.name != p.Name || got.algorithm != ES256+Algorithm(i) || got.size != (p.BitSize+7)/8 {
			t.Errorf("%s is not as Go has it", p.Name)
		}
		for number, want := range map[*[]byte]*big.Int{&got.p: p.P, &got.b: p.B, &got.n: p.N} {
			if !slices.Equal(*number, want.FillBytes(make([]byte, got.size))) {
				t.Errorf("%s: a number is %x, want %x", p.Name, *number, want)
			}
		}
	}
}

// TestEdwardsPoints: each key that Go makes is on the curve; of bytes at random
// one half are, those for which the curve's equation has an x.
func TestEdwardsPoints(t *testing.T) {
	for range 50 {
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil || !onEdwards(public) {
			t.Fatalf("a sound key is refused: %x, %v", public, err)
		}
	}
	on := 0
	for i := range 400 {
		sum := sha256.Sum256(fmt.Append(nil, i))
		got, want := onEdwards(sum[:]), hasX(sum)
		if got != want {
			t.Errorf("%x is on the curve: %v, want %v", sum, got, want)
		}
		if got {
			on++
		}
	}
	if on < 140 || on > 260 {
		t.Errorf("%d of 400 are on the curve", on)
	}
}

// hasX tells whether x² = (y² - 1) / (d y² + 1) is a square (RFC 8032 section
// 5.1.3). Jacobi's symbol of a fraction is that of its product.
func hasX(encoded [32]byte) bool {
	encoded[31] &= 0x7f
	slices.Reverse(encoded[:])
	y := new(big.Int).SetBytes(encoded[:])
	p := new(big.Int).SetBytes(edwardsPrime)
	d := new(big.Int).SetBytes(hexadecimal("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"))
	y.Mul(y, y)
	below := d.Mul(d, y).Add(d, big.NewInt(1))
	square := y.Sub(y, big.NewInt(1)).Mul(y, below)
	return big.Jacobi(square.Mod(square, p), p) >= 0
}

// TestSmallOrder shows for each of the points of small order that one signature
// fits it and, by chance, one text in eight; and that no such key is taken,
// however it is written.
func TestSmallOrder(t *testing.T) {
	prime := new(big.Int).SetBytes(edwardsPrime)
	for _, small := range smallOrder {
		y := new(big.Int).SetBytes(small)
		for _, sign := range []byte{0, 0x80} {
			for _, written := range []*big.Int{y, new(big.Int).Add(y, prime)} {
				if written.BitLen() > 255 {
					continue
				}
				key := written.FillBytes(make([]byte, 32))
				slices.Reverse(key)
				key[31] |= sign
				if _, err := newEd25519(key); err == nil {
					t.Errorf("the key %x is taken", key)
				}
				if written == y && !forgeable(key) {
					t.Errorf("%x is not of small order", key)
				}
			}
		}
	}
}

// forgeable tells whether the signature R = the neutral element, S = 0 fits some
// text: of a key of order n it fits one text in n.
func forgeable(key []byte) bool {
	signature := make([]byte, 64)
	signature[0] = 1
	for i := range 200 {
		if ed25519.Verify(key, fmt.Append(nil, i), signature) {
			return true
		}
	}
	return false
}

func TestROCA(t *testing.T) {
	var v vectors
	if err := json.Unmarshal(must(os.ReadFile("testdata/wycheproof/json_web_key_test.json")), &v); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, g := range v.TestGroups {
		if g.Comment == "jws_rsa_roca_key" {
			found = true
			_, err := ParseSet(g.Public)
			wantError(t, err, errROCA)
		}
	}
	if !found {
		t.Error("no key of the generator among the vectors")
	}
	for range 3 {
		if weakROCA(must(rsa.GenerateKey(rand.Reader, 2048)).N) {
			t.Error("a sound key is refused")
		}
	}
}
