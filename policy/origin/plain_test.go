package origin

import "testing"

func TestWritable(t *testing.T) {
	for text, want := range map[string]bool{
		"http://a.example": true, "http://*.a.example:8080": true, "http://localhost.a.example": true, "http://127.a.example": true,
		"http://127.0.0.1.a.example": true, "http://localhosts": true, "http://[::2]": true, "http://": true,
		"https://a.example": false, "http://localhost": false, "http://localhost:3000": false, "http://a.localhost": false,
		"http://*.localhost": false, "http://127.0.0.1:3000": false, "http://[::1]:3000": false, "null": false, "own": false, "app://a": false,
	} {
		if got := Writable(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
