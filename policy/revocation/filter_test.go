package revocation

import (
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func ids(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s-%d", prefix, i)
	}
	return out
}

// TestFilterForgetsNothing and refuses no more good tokens than it says.
func TestFilterForgetsNothing(t *testing.T) {
	for _, rate := range []float64{0.01, 0.001, 0.0001} {
		revoked := ids("revoked", 20_000)
		body, err := Encode(revoked, rate)
		if err != nil {
			t.Fatal(err)
		}
		l, err := Parse(body)
		if err != nil {
			t.Fatalf("rate %v: %v", rate, err)
		}
		for _, id := range revoked {
			if !l.Revoked(id) {
				t.Fatalf("rate %v: %q is forgotten", rate, id)
			}
		}
		wrong := 0
		for _, id := range ids("good", 200_000) {
			if l.Revoked(id) {
				wrong++
			}
		}
		got, sigma := float64(wrong)/200_000, math.Sqrt(rate/200_000)
		if got > rate*1.1+4*sigma || got < rate*0.8-4*sigma || math.Abs(l.filter.rate()-rate) > rate*0.2 {
			t.Errorf("rate %v: %v of good tokens are refused, by its bits %v", rate, got, l.filter.rate())
		}
		if l.Len() != -1 {
			t.Errorf("it has %d identifiers", l.Len())
		}
	}
}

// TestFilterByHand: the form as the package describes it, so that others can
// write it.
func TestFilterByHand(t *testing.T) {
	// SHA-256("abc") begins ba7816bf8f01cfea 414140de5dae2223; m = 64, k = 2.
	a, b := uint64(0xba7816bf8f01cfea), uint64(0x414140de5dae2223)
	bits := make([]byte, 8)
	for i := range uint64(2) {
		n := (a + i*b) % 64
		bits[n/8] |= 1 << (n % 8)
	}
	body := "89535052" + "01" + "02" + "0000" + "0000000000000040" + hex.EncodeToString(bits)
	raw, err := hex.DecodeString(body)
	if err != nil {
		t.Fatal(err)
	}
	if hex.EncodeToString(bits) != "0020000000040000" {
		t.Errorf("the bits are %x", bits)
	}
	l, err := Parse(raw)
	if err != nil || !l.Revoked("abc") || l.Revoked("abd") {
		t.Errorf("%v, %v", l, err)
	}
}

func TestFilterIsRefused(t *testing.T) {
	good, err := Encode(ids("a", 100), 0.001)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func([]byte) []byte{
		"another magic":    func(b []byte) []byte { b[3] = 'X'; return b },
		"another version":  func(b []byte) []byte { b[4] = 2; return b },
		"no hash":          func(b []byte) []byte { b[5] = 0; return b },
		"too many hashes":  func(b []byte) []byte { b[5] = 33; return b },
		"a reserved byte":  func(b []byte) []byte { b[6] = 1; return b },
		"another":          func(b []byte) []byte { b[7] = 1; return b },
		"cut off":          func(b []byte) []byte { return b[:len(b)-1] },
		"a head alone":     func(b []byte) []byte { return b[:filterHead] },
		"half a head":      func(b []byte) []byte { return b[:10] },
		"a byte more":      func(b []byte) []byte { return append(b, 0) },
		"bits of no byte":  func(b []byte) []byte { b[15] |= 1; return b },
		"endlessly long":   func(b []byte) []byte { b[8] = 0xff; return b },
		"too full":         func(b []byte) []byte { return fill(b, 0xff) },
		"somewhat too":     func(b []byte) []byte { return fill(b, 0x7f) },
		"as text was sent": func(b []byte) []byte { return slices.Concat([]byte{0xc2}, b) },
	} {
		if l, err := Parse(spoil(slices.Clone(good))); err != ErrList || l != nil {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	if _, err := Parse(good); err != nil {
		t.Errorf("unspoilt: %v", err)
	}
}

func fill(b []byte, with byte) []byte {
	for i := range b[filterHead:] {
		b[filterHead+i] = with
	}
	return b
}

func TestEncode(t *testing.T) {
	for name, c := range map[string]struct {
		ids  []string
		rate float64
		want error
	}{
		"nothing":       {nil, 0.001, nil},
		"one":           {[]string{"a"}, 0.01, nil},
		"the least":     {[]string{"a"}, 1e-9, nil},
		"empty":         {[]string{"a", ""}, 0.01, ErrList},
		"no rate":       {[]string{"a"}, 0, ErrRate},
		"too high":      {[]string{"a"}, 0.011, ErrRate},
		"too low":       {[]string{"a"}, 1e-10, ErrRate},
		"not a number":  {[]string{"a"}, math.NaN(), ErrRate},
		"beyond bounds": {make([]string, 2_000_000), 1e-9, ErrSize},
	} {
		body, err := Encode(c.ids, c.rate)
		if err != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
			continue
		}
		if err != nil {
			continue
		}
		l, err := Parse(body)
		if err != nil || l.Revoked("x") || len(c.ids) > 0 && !l.Revoked(c.ids[0]) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
}

// TestTheTableOfThePackage: its figures are those that the formula gives.
func TestTheTableOfThePackage(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^//\s+(\d+)\s+(\d+)\s+1 in ([\d.,]+)( million)?\s+([\d.]+) MiB\s+([\d.]+) million$`).FindAllStringSubmatch(string(text), -1)
	if len(rows) != 4 {
		t.Fatalf("%d rows, want 4", len(rows))
	}
	for _, row := range rows {
		n := make([]float64, len(row))
		for _, i := range []int{1, 2, 3, 5, 6} {
			if n[i], err = strconv.ParseFloat(strings.ReplaceAll(row[i], ",", ""), 64); err != nil {
				t.Fatal(err)
			}
		}
		bits, k := n[1], n[2]
		if row[4] != "" {
			n[3] *= 1e6
		}
		for i, want := range map[int]float64{2: math.Round(bits * math.Ln2), 3: 1 / math.Pow(1-math.Exp(-k/bits), k), 5: 1e6 * bits / 8 / (1 << 20), 6: (MaxSize - filterHead) * 8 / bits / 1e6} {
			if math.Abs(n[i]/want-1) > 0.05 {
				t.Errorf("%v bits: the table says %v, want %.4g", bits, n[i], want)
			}
		}
	}
}
