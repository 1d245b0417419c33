package fine

import "testing"

func TestDouble(t *testing.T) {
	done := make(chan bool)
	go func() { done <- Double(2) == 4 }()
	if !<-done {
		t.Error("no")
	}
}
