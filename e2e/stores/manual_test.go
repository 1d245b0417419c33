package stores

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport.dev/sallyport/build/repository"
	"sallyport.dev/sallyport/e2e/process"
)

// TestTheFilesOfTheManual: webdis.json and users.acl of docs/stores.md, pasted as
// they stand there, let the module's script run on its keys and nothing else.
// Addresses alone are others here.
func TestTheFilesOfTheManual(t *testing.T) {
	password := "a-password"
	acl, config := pasted(t, "user default "), pasted(t, `"redis_auth"`)
	if !strings.Contains(acl, ">"+password) || !strings.Contains(config, `"`+password+`"`) {
		t.Fatalf("the two have no password in common:\n%s\n%s", acl, config)
	}
	redis := Run(t, fileServer("redis-server", acl, func(file, dir, port string) []string {
		return []string{"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--aclfile", file}
	}, func(ctx context.Context, address string) error { return redisSays(ctx, address, "-NOAUTH", "PING") }))
	_, redisPort, err := net.SplitHostPort(redis.Address)
	if err != nil {
		t.Fatal(err)
	}
	webdis := Webdis(redis.Address)
	server := Run(t, fileServer("webdis", config, func(file, _, port string) []string {
		moved := strings.NewReplacer(`"redis_port": 6379`, `"redis_port": `+redisPort, `"http_port": 7379`, `"http_port": `+port, "0.0.0.0", "127.0.0.1")
		if err := os.WriteFile(file, []byte(moved.Replace(config)), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{file}
	}, webdis.Ready))
	script, err := os.ReadFile(filepath.Join(root(t), "policy/stores/limits.lua"))
	if err != nil {
		t.Fatal(err)
	}
	take := func(key string) string {
		words := []string{"EVAL", string(script), "1", key, "take", "3", "0", "0", "window", "10", "60000000"}
		for i, word := range words {
			words[i] = strings.NewReplacer("%", "%25", "/", "%2f", "?", "%3f", "+", "%2b", ".", "%2e", "\n", "%0a").Replace(word)
		}
		answer, err := Post(t.Context(), "http://"+server.Address, strings.Join(words, "/"))
		if err != nil || answer.Status != 200 {
			t.Fatalf("got %+v, %v", answer, err)
		}
		return answer.Body
	}
	if got := take("{sallyport}:l:0"); !strings.HasPrefix(got, `{"EVAL":[0,7,`) {
		t.Errorf("the script is answered %s", got)
	}
	if got := take("another"); !strings.HasPrefix(got, `{"EVAL":[false,"NOPERM`) {
		t.Errorf("another key is answered %s", got)
	}
	if got := wantAnswer(t, "http://"+server.Address, "EVAL/return redis.call('KEYS','*')/0", Answer{}); !strings.HasPrefix(got.Body, `{"EVAL":[false,"`) {
		t.Errorf("another command is answered %s", got.Body)
	}
	wantAnswer(t, "http://"+server.Address, "SET/{sallyport}:l:0/1", Answer{403, ""})
}

// fileServer is a program that is configured by a file.
func fileServer(name, text string, args func(file, dir, port string) []string, ready func(context.Context, string) error) Program {
	return Program{Name: name, Ready: ready, Command: func(_ *Server, dir, port string) (process.Command, error) {
		path, err := binary(name)
		if err != nil {
			return process.Command{}, err
		}
		file := filepath.Join(dir, "config")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return process.Command{}, err
		}
		return process.Command{Binary: path, Args: args(file, dir, port)}, nil
	}}
}

// pasted is the block of the manual page that holds a text.
func pasted(t *testing.T, holds string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root(t), "docs/stores.md"))
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range strings.Split(string(page), "```") {
		if i%2 == 1 && strings.Contains(block, holds) {
			_, text, _ := strings.Cut(block, "\n") // the language
			return text
		}
	}
	t.Fatalf("no block of docs/stores.md holds %q", holds)
	return ""
}

func root(t *testing.T) string {
	t.Helper()
	root, err := repository.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}
