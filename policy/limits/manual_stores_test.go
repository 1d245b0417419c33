package limits_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// TestManualOfStores sends the series that the manual shows through two proxies
// that share a Redis, which goes down at the line that says so.
func TestManualOfStores(t *testing.T) {
	policies, series := manual.Blocks(t, "stores", "json"), manual.Blocks(t, "stores", "requests")
	if len(policies) != 2 || len(series) != 1 {
		t.Fatalf("%d policies, %d series", len(policies), len(series))
	}
	d, err := document.Parse([]byte(policies[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range d.Limits {
		if l.Store == "redis" {
			l.Store = "r"
			d.Limits[name] = l
		}
	}
	var names []string
	for _, l := range d.Routes[0].Limits {
		names = append(names, l.Name)
	}
	f := share(t, d.Limits, names...)
	east := *f.bench
	f.proxy()
	proxies := map[string]*bench{"east": &east, "west": f.bench}
	rows := 0
	for line := range strings.Lines(series[0]) {
		columns := strings.Fields(line)
		if len(columns) == 1 && columns[0] == "down" {
			f.down["webdis"] = guard.ErrNotSent
			continue
		}
		rows++
		after, err := time.ParseDuration(columns[0])
		if err != nil || proxies[columns[1]] == nil {
			t.Fatalf("%q: %v", line, err)
		}
		b := proxies[columns[1]]
		b.now, f.now = start+int64(after), start+int64(after)
		v, r := b.send(func(r *guard.Request) { r.Caller = guard.Caller{Identity: "partners", Client: columns[2]} })
		got := v.Reason.String() + " " + response(t, r, "ratelimit")
		if v.RetryAfter > 0 {
			got += " " + strconv.Itoa(int((v.RetryAfter+time.Second-1)/time.Second))
		}
		if want := strings.Join(columns[3:], " "); got != want {
			t.Errorf("%s: got %s", strings.TrimSpace(line), got)
		}
	}
	if rows != 12 {
		t.Errorf("%d rows were found, want 12", rows)
	}
}
