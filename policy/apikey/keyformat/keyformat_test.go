package keyformat_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/apikey/keyformat"
)

// vector is a key made once and written down: the format must not drift.
const (
	vector     = "sk_live_10123456789" + "1vb66i" + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg" + "1czyPK"
	vectorID   = "0123456789"
	vectorTime = 1_767_225_600 // 2026-01-01T00:00:00Z
)

// vectorRandom gives the bytes that vector was made of.
func vectorRandom() io.Reader {
	digits := make([]byte, 0, 43)
	for i := range 10 {
		digits = append(digits, byte(i))
	}
	for i := range 33 {
		digits = append(digits, byte(10+i))
	}
	return bytes.NewReader(digits)
}

func TestNewMakesTheVector(t *testing.T) {
	got, err := keyformat.New("sk_live_", time.Unix(vectorTime, 0), vectorRandom())
	if err != nil || got != vector {
		t.Fatalf("New = %q, %v; want %q", got, err, vector)
	}
}

func TestParse(t *testing.T) {
	mend := func(s string) string { return s[:len(s)-6] + sum62(s[:len(s)-6]) }
	for _, c := range []struct {
		name, prefix, key string
		want              error
	}{
		{"allowed", "sk_live_", vector, nil},
		{"absent", "sk_live_", "", keyformat.ErrPrefix},
		{"another prefix", "sk_test_", vector, keyformat.ErrPrefix},
		{"the prefix alone", "sk_live_", "sk_live_", keyformat.ErrLength},
		{"a shorter prefix", "sk_", vector, keyformat.ErrLength},
		{"cut", "sk_live_", vector[:len(vector)-1], keyformat.ErrLength},
		{"oversized", "sk_live_", vector + "0", keyformat.ErrLength},
		{"a space", "sk_live_", strings.Replace(vector, "M", " ", 1), keyformat.ErrAlphabet},
		{"not ASCII", "sk_live_", strings.Replace(vector, "MN", "é", 1), keyformat.ErrAlphabet},
		{"version 2", "sk_live_", mend("sk_live_2" + vector[9:]), keyformat.ErrVersion},
		{"one digit of the secret", "sk_live_", strings.Replace(vector, "M", "m", 1), keyformat.ErrChecksum},
		{"one digit of the checksum", "sk_live_", vector[:len(vector)-1] + "0", keyformat.ErrChecksum},
		{"checksum past 32 bits", "sk_live_", vector[:len(vector)-6] + "zzzzzz", keyformat.ErrChecksum},
		{"the prefix is summed too", "sk_life_", "sk_life_" + vector[8:], keyformat.ErrChecksum},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := keyformat.Parse(c.prefix, c.key)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("error = %v, want %v", err, c.want)
			}
			if err != nil {
				if got != (keyformat.Key{}) {
					t.Fatalf("a refused key gave %+v", got)
				}
				return
			}
			if got.ID != vectorID || got.Created.Unix() != vectorTime || got.Created.Location() != time.UTC {
				t.Fatalf("Parse = %+v", got)
			}
		})
	}
}

// sum62 is the checksum by the standard library.
func sum62(s string) string {
	n := crc32.ChecksumIEEE([]byte(s))
	out := make([]byte, 6)
	for i := 5; i >= 0; i-- {
		out[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[n%62]
		n /= 62
	}
	return string(out)
}

func TestInspect(t *testing.T) {
	for _, c := range []struct {
		name, key, prefix string
		want              error
	}{
		{"allowed", vector, "sk_live_", nil},
		{"absent", "", "", keyformat.ErrLength},
		{"no prefix", vector[8:], "", keyformat.ErrLength},
		{"malformed prefix", "SK_" + vector[8:], "", keyformat.ErrPrefix},
		{"a digit too many", vector + "0", "", keyformat.ErrPrefix},
		{"wrong checksum", vector[:len(vector)-1] + "0", "", keyformat.ErrChecksum},
	} {
		t.Run(c.name, func(t *testing.T) {
			prefix, k, err := keyformat.Inspect(c.key)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || prefix != c.prefix {
				t.Fatalf("Inspect = %q, %+v, %v; want %q, %v", prefix, k, err, c.prefix, c.want)
			}
		})
	}
}

func TestValidPrefix(t *testing.T) {
	for prefix, want := range map[string]bool{
		"sk_live_": true, "a_": true, "a__": true, "k9_": true, "a" + strings.Repeat("b", 30) + "_": true,
		"": false, "_": false, "sk": false, "Sk_": false, "9k_": false, "s-k_": false, "sk_ ": false,
		"a" + strings.Repeat("b", 31) + "_": false,
	} {
		if got := keyformat.ValidPrefix(prefix); got != want {
			t.Errorf("ValidPrefix(%q) = %t", prefix, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	endless := func(b byte) io.Reader { return readerFunc(func(p []byte) int { return len(fill(p, b)) }) }
	for _, c := range []struct {
		name, prefix string
		now          time.Time
		random       io.Reader
		want         error
	}{
		{"bad prefix", "SK", time.Unix(0, 0), endless(0), keyformat.ErrPrefix},
		{"before 1970", "sk_", time.Unix(-1, 0), endless(0), keyformat.ErrTime},
		{"after six digits", "sk_", time.Unix(62*62*62*62*62*62, 0), endless(0), keyformat.ErrTime},
		{"no randomness", "sk_", time.Unix(0, 0), bytes.NewReader(nil), keyformat.ErrRandom},
		{"randomness ends in the secret", "sk_", time.Unix(0, 0), bytes.NewReader(make([]byte, 20)), keyformat.ErrRandom},
		{"unfair bytes for ever", "sk_", time.Unix(0, 0), endless(255), keyformat.ErrRandom},
	} {
		t.Run(c.name, func(t *testing.T) {
			if key, err := keyformat.New(c.prefix, c.now, c.random); !errors.Is(err, c.want) || key != "" {
				t.Fatalf("New = %q, %v; want %v", key, err, c.want)
			}
		})
	}
}

type readerFunc func(p []byte) int

func (f readerFunc) Read(p []byte) (int, error) { return f(p), nil }

func fill(p []byte, b byte) []byte {
	for i := range p {
		p[i] = b
	}
	return p
}

// Bytes 248 to 255 are thrown away: taking them modulo 62 would make '0' to '7'
// a quarter likelier than the rest.
func TestNewSkipsUnfairBytes(t *testing.T) {
	unfair := bytes.Repeat([]byte{248, 255}, 3)
	random := io.MultiReader(bytes.NewReader(unfair), vectorRandom())
	if got, err := keyformat.New("sk_live_", time.Unix(vectorTime, 0), random); err != nil || got != vector {
		t.Fatalf("New = %q, %v; want %q", got, err, vector)
	}
}

func TestEveryNewKeyParses(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.StringMatching(`[a-z][a-z0-9_]{0,30}_`).Draw(t, "prefix")
		now := time.Unix(rapid.Int64Range(0, 62*62*62*62*62*62-1).Draw(t, "now"), 0)
		key, err := keyformat.New(prefix, now, rand.Reader)
		if err != nil || seen[key] {
			t.Fatalf("New = %q, %v, seen %t", key, err, seen[key])
		}
		seen[key] = true
		got, err := keyformat.Parse(prefix, key)
		if err != nil || !got.Created.Equal(now) || len(got.ID) != 10 {
			t.Fatalf("Parse(%q) = %+v, %v", key, got, err)
		}
		at := rapid.IntRange(0, len(key)-1).Draw(t, "at")
		other := rapid.Byte().Filter(func(b byte) bool { return b != key[at] }).Draw(t, "other")
		changed := key[:at] + string([]byte{other}) + key[at+1:]
		if _, err := keyformat.Parse(prefix, changed); err == nil {
			t.Fatalf("%q parses although one byte of it was changed", changed)
		}
	})
}

func TestParseAllocatesNothing(t *testing.T) {
	for _, key := range []string{vector, vector[1:], vector[:30], strings.Replace(vector, "M", "m", 1)} {
		if n := testing.AllocsPerRun(100, func() { _, _ = keyformat.Parse("sk_live_", key) }); n != 0 {
			t.Errorf("%q: %v allocations", key, n)
		}
	}
}

var seeds = []string{vector, "", "sk_live_", vector[:len(vector)-1], vector + "0", strings.Repeat("a", 600), "sk_live_\x00", "é_" + vector}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, key string) {
		prefix, k, err := keyformat.Inspect(key)
		if err != nil {
			return
		}
		if again, err := keyformat.Parse(prefix, key); err != nil || again != k {
			t.Fatalf("Inspect took %q, Parse gave %+v, %v", key, again, err)
		}
		if body := key[:len(key)-6]; sum62(body) != key[len(key)-6:] {
			t.Fatalf("%q passed with a wrong checksum", key)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keyformat.Parse("sk_live_", vector); err != nil {
			b.Fatal(err)
		}
	}
}
