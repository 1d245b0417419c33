package section

import (
	"bytes"
	"errors"
	"testing"
)

func TestSplitAndJoin(t *testing.T) {
	want := []Section{{Custom, []byte("\x04name")}, {Data, nil}, {Type, bytes.Repeat([]byte{7}, 300)}}
	got, err := Split(Join(want))
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d sections, %v", len(got), err)
	}
	for i := range want {
		if got[i].ID != want[i].ID || !bytes.Equal(got[i].Content, want[i].Content) {
			t.Errorf("section %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	sound := string(Join([]Section{{Type, []byte("abc")}}))
	for name, module := range map[string]string{
		"nothing": "", "text": "a module", "another version": "\x00asm\x02\x00\x00\x00",
		"cut off": sound[:len(sound)-1], "no length": Header + "\x01", "an endless length": Header + "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		if _, err := Split([]byte(module)); !errors.Is(err, ErrModule) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
