package readme_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The environment in which this program, called as curl, finds the demo.
const (
	demoAddress = "README_DEMO_ADDRESS"
	demoAdmin   = "README_DEMO_ADMIN"
)

// TestMain is curl where the program is called so: the README's commands then
// need no curl on the machine, and find the demo whatever its ports are.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "curl" {
		os.Exit(m.Run())
	}
	if err := curl(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "curl:", err)
		os.Exit(1)
	}
}

// call is what a command line of curl asks for.
type call struct {
	method  string
	headers []string
	host    string
	target  string
	include bool // print the status and the headers too
}

// curl asks one request over HTTP/1.1 and prints the answer.
func curl(args []string, out io.Writer) error {
	c, err := parseCall(args)
	if err != nil {
		return err
	}
	address := map[string]string{"127.0.0.1:10000": os.Getenv(demoAddress), "127.0.0.1:10001": os.Getenv(demoAdmin)}[c.host]
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return fmt.Errorf("%s: %w", c.host, err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	lines := append([]string{c.method + " " + c.target + " HTTP/1.1", "host: " + c.host, "accept: */*"}, c.headers...)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		return err
	}
	var raw bytes.Buffer
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &raw)), &http.Request{Method: c.method})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if c.include {
		head, _, _ := strings.Cut(raw.String(), "\r\n\r\n")
		body = append([]byte(head+"\r\n\r\n"), body...)
	}
	_, writeErr := out.Write(body)
	return errors.Join(err, writeErr)
}

func parseCall(args []string) (c call, err error) {
	c.method = http.MethodGet
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case slices.Contains([]string{"-s", "-si", "-i", "--path-as-is"}, arg):
			c.include = c.include || strings.Contains(arg, "i") && !strings.HasPrefix(arg, "--")
		case arg == "-X" && i+1 < len(args):
			i++
			c.method = args[i]
		case arg == "-H" && i+1 < len(args):
			i++
			c.headers = append(c.headers, args[i])
		case strings.HasPrefix(arg, "http://") && c.host == "":
			c.host, c.target, _ = strings.Cut(strings.TrimPrefix(arg, "http://"), "/")
			c.target = "/" + c.target
		default:
			return c, fmt.Errorf("the test does not know %q", arg)
		}
	}
	if c.host == "" {
		return c, errors.New("no address")
	}
	return c, nil
}
