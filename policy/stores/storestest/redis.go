package storestest

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/proto"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/go-json-experiment/json/jsontext"

	"sallyport.dev/sallyport/policy/guard"
)

// Redis is a Redis and the webdis before it. It answers in the forms that
// webdis 0.1.9 was seen to answer in.
type Redis struct {
	*miniredis.Miniredis
	Commands []string // that were sent, without their arguments

	client *proto.Client
}

// NewRedis starts one for a test.
func NewRedis(t testing.TB) *Redis {
	r := &Redis{Miniredis: miniredis.RunT(t)}
	client, err := proto.Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	r.client = client
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// SetClock sets Redis' clock to Unix time in nanoseconds.
func (r *Redis) SetClock(now int64) { r.SetTime(time.Unix(0, now).UTC()) }

// Answer is guardtest.World.Answer.
func (r *Redis) Answer(c *guard.Call) (guard.Answer, error) {
	if c.Method != "POST" || c.Path != "/" {
		return guard.Answer{Status: 403}, nil
	}
	words := strings.Split(string(c.Body), "/")
	for i := range words {
		word, err := decode(words[i])
		if err != nil {
			return guard.Answer{}, err
		}
		words[i] = word
	}
	r.Commands = append(r.Commands, words[0])
	reply, err := r.client.Do(words...)
	if err != nil {
		return guard.Answer{Status: 503}, nil
	}
	parsed, err := server.ParseReply(bufio.NewReader(strings.NewReader(reply)))
	body := form(words[0], parsed, err)
	if len(body) > c.MaxBody && c.MaxBody > 0 {
		return guard.Answer{}, guard.ErrTooLarge
	}
	return guard.Answer{Status: 200, Body: body}, nil
}

// decode reads one word. What webdis would read as something else than it looks
// is an error of the caller.
func decode(word string) (string, error) {
	var b bytes.Buffer
	for i := 0; i < len(word); i++ {
		switch {
		case word[i] == '%' && i+2 < len(word):
			c, err := strconv.ParseUint(word[i+1:i+3], 16, 8)
			if err != nil || c == 0 {
				return "", fmt.Errorf("storestest: %q is not escaped as webdis takes it", word)
			}
			b.WriteByte(byte(c))
			i += 2
		case strings.ContainsRune("%?+.\x00", rune(word[i])):
			return "", fmt.Errorf("storestest: %q is not escaped as webdis takes it", word)
		default:
			b.WriteByte(word[i])
		}
	}
	return b.String(), nil
}

// form writes a reply as webdis does: one member, named like the command.
func form(command string, reply any, failed error) []byte {
	value := "null"
	switch v := reply.(type) {
	case int:
		value = strconv.Itoa(v)
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = "null"
			if n, ok := v[i].(int); ok {
				items[i] = strconv.Itoa(n)
			}
		}
		value = "[" + strings.Join(items, ",") + "]"
	}
	if failed != nil {
		text, err := jsontext.AppendQuote(nil, failed.Error())
		if err != nil {
			text = []byte(`""`)
		}
		value = "[false," + string(text) + "]"
	}
	return []byte(`{"` + command + `":` + value + `}`)
}
