package main

import (
	"fmt"
	"strings"
)

// get is the request that every row is asked: only credential and address differ.
func get(path, key, from string) []byte {
	if key != "" {
		key = keyHeader + ": " + key + "\r\n"
	}
	return []byte(common(path, from) + key + "\r\n")
}

// bearing is the same with a token.
func bearing(path, token string) []byte {
	return []byte(common(path, client) + "authorization: Bearer " + token + "\r\n\r\n")
}

func common(path, from string) string {
	return "GET " + path + " HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: bench/1.0\r\naccept: application/json\r\n" +
		"accept-encoding: gzip\r\nx-forwarded-for: " + from + "\r\n"
}

const client = "192.0.2.1"

// last is the path of the last route.
func last(s scale) string { return fmt.Sprintf("/v1/service-%04d/items/42?page=2", s.Routes-1) }

// always asks the same request.
func always(request []byte) func(int) []byte {
	return func(int) []byte { return request }
}

// rotating asks with one key after the other.
func rotating(path string, keys []string) func(int) []byte {
	requests := make([][]byte, len(keys))
	for i, key := range keys {
		requests[i] = get(path, key, client)
	}
	return func(i int) []byte { return requests[i%len(requests)] }
}

// everybody asks each request from an address of its own: an IPv6 network of 64
// bits, which is what a limit by "ip" tells apart.
func everybody() func(int) []byte {
	request := get("/", "", "2001:db8:0000:0000::1")
	at := strings.Index(string(request), "0000:0000")
	return func(i int) []byte {
		writeHex(request[at:at+4], i>>16)
		writeHex(request[at+5:at+9], i)
		return request
	}
}

// writeHex writes the lowest 16 bits of n.
func writeHex(to []byte, n int) {
	const digits = "0123456789abcdef"
	for i := range to {
		to[i] = digits[n>>(12-4*i)&15]
	}
}
