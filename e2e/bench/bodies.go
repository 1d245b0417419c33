package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Bodies of webhooks, and how many fewer requests there are of the longer ones: a hash of 1 MiB takes milliseconds.
var bodies = []struct {
	name  string
	size  int
	fewer int
}{{"1 KiB", 1 << 10, 1}, {"64 KiB", 64 << 10, 20}, {"1 MiB", 1 << 20, 200}}

const (
	webhookSecret   = "a secret of thirty-two bytes, too"
	signatureHeader = "x-hub-signature-256"
)

// webhookRows are HMAC-SHA-256 of bodies, with and without a mark for each, beside Envoy's buffer filter alone, which all of
// them have.
func (b *bench) webhookRows() []row {
	var list []row
	buffer := typed("buffer", "filters.http.buffer.v3.Buffer", object{"max_request_bytes": 1 << 20})
	ours := func(replay bool) []any {
		return []any{plugin(b.module("sallyport.wasm"), delivered(replay)), buffer}
	}
	for _, body := range bodies {
		one, each := always(signedPost(body.size)), deliveries(body.size)
		list = append(list,
			row{name: "Envoy's buffer, webhook of " + body.name, filters: []any{buffer}, next: one, status: 200, fewer: body.fewer},
			row{name: "sallyport, webhook of " + body.name, filters: ours(false), next: one, status: 200, fewer: body.fewer},
			row{name: "sallyport, webhook of " + body.name + ", replay", filters: ours(true), next: each, status: 200, fewer: body.fewer})
	}
	return list
}

// delivered is the policy of one route that GitHub calls.
func delivered(replay bool) []byte {
	return encoded(object{"version": 1, "routes": []any{object{"name": "github", "path": "/webhooks/github", "methods": []string{"POST"},
		"webhook": object{"scheme": "github", "secrets": []any{object{"env": webhookVariable}}, "replay": replay}}}})
}

// webhookVariable is the variable of the VM that holds the secret.
const webhookVariable = "WEBHOOK_SECRET"

// signedPost is a webhook as GitHub sends it.
func signedPost(size int) []byte {
	head := fmt.Sprintf("POST /webhooks/github HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: GitHub-Hookshot/044aadd\r\n"+
		"content-type: application/json\r\nx-github-event: push\r\nx-forwarded-for: %s\r\ncontent-length: %d\r\n%s: sha256=%064d\r\n\r\n",
		client, size, signatureHeader, 0)
	request := append([]byte(head), make([]byte, size)...)
	sign(request, len(head))
	return request
}

// sign signs the body behind a head whose last line is the signature's.
func sign(request []byte, head int) {
	m := hmac.New(sha256.New, []byte(webhookSecret))
	m.Write(request[head:])
	hex.Encode(request[head-4-2*sha256.Size:head-4], m.Sum(nil))
}

// deliveries asks with another body each time: the same again would be a replay.
func deliveries(size int) func(int) []byte {
	request := signedPost(size)
	head, n := len(request)-size, uint64(0)
	return func(int) []byte {
		n++
		binary.LittleEndian.PutUint64(request[head:], n)
		sign(request, head)
		return request
	}
}
