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
		if got.name != p.Name || got.p.Cmp(p.P) != 0 || got.b.Cmp(p.B) != 0 || got.n.Cmp(p.N) != 0 || got.size != (p.BitSize+7)/8 {
			t.Errorf("%s is not as Go has it", p.Name)
		}
		if got.algorithm != ES256+Algorithm(i) || !slices.Equal(got.order, p.N.FillBytes(make([]byte, got.size))) {
			t.Errorf("%s has a wrong algorithm or order", p.Name)
		}
	}
}

// TestEdwardsPoints: each key that Go makes is on the curve; of bytes at random
// one half are, the same that Go takes for points.
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
		if onEdwards(sum[:]) {
			on++
		}
	}
	if on < 140 || on > 260 {
		t.Errorf("%d of 400 are on the curve", on)
	}
}

// TestSmallOrder shows for each of the points of small order that one signature
// fits it and, by chance, one text in eight; and that no such key is taken,
// however it is written.
func TestSmallOrder(t *testing.T) {
	for _, y := range smallOrder {
		for _, sign := range []byte{0, 0x80} {
			for _, written := range []*big.Int{y, new(big.Int).Add(y, edwardsPrime)} {
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
