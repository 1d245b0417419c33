package version

import (
	"strconv"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// The bounds of brown-outs.
const (
	maxBrownOuts = 100
	maxBrownOut  = 24 * time.Hour
)

// imfFixdate is the form of dates in header fields (RFC 9110 section 5.6.7).
const imfFixdate = "Mon, 02 Jan 2006 15:04:05 GMT"

// Compile returns the guard of a route, nil where it has no section "version".
// at is the section's place.
func Compile(route string, d *document.Version, callers Callers, at document.Path, m *guard.Metrics, p *document.Problems) *Guard {
	if d == nil {
		return nil
	}
	g := &Guard{deprecated: int64(d.Deprecated), sunset: int64(d.Sunset), retires: d.Retire && d.Sunset != 0}
	if d.Sunset != 0 && d.Sunset < d.Deprecated {
		p.Add(at.Key("sunset"), "is before the version is deprecated", "write a time that is not before that of \"deprecated\" (RFC 9745 section 4)")
	}
	if d.Retire && d.Sunset == 0 {
		p.Add(at.Key("retire"), "is true without a sunset", `write "sunset" beside it`)
	}
	g.texts(d)
	g.link(d, at, p)
	g.compileBrownOuts(d, at.Key("brown_outs"), p)
	g.counters = register(route, callers, m)
	return g
}

// texts makes the fields: Deprecation is a date of structured fields (RFC 9745
// section 2.1, RFC 9651 section 3.3.7), Sunset an HTTP-date (RFC 8594 section 3).
func (g *Guard) texts(d *document.Version) {
	g.deprecation = "@" + strconv.FormatInt(int64(d.Deprecated)/1e9, 10)
	if d.Sunset != 0 {
		g.sunsetDate = time.Unix(0, int64(d.Sunset)).UTC().Format(imfFixdate)
	}
}

// link makes the field Link (RFC 8288) with the relations of RFC 5829 section
// 3.4, RFC 9745 section 3 and RFC 8594 section 6.
func (g *Guard) link(d *document.Version, at document.Path, p *document.Problems) {
	var list []string
	add := func(uri, relation string) { list = append(list, "<"+uri+`>; rel="`+relation+`"`) }
	if d.Successor != "" && checkReference(d.Successor, at.Key("successor"), p) {
		add(d.Successor, "successor-version")
	}
	if d.Documentation != "" && checkReference(d.Documentation, at.Key("documentation"), p) {
		add(d.Documentation, "deprecation")
		if d.Sunset != 0 {
			add(d.Documentation, "sunset")
		}
	}
	g.links = strings.Join(list, ", ")
}

func (g *Guard) compileBrownOuts(d *document.Version, at document.Path, p *document.Problems) {
	if len(d.BrownOuts) > maxBrownOuts {
		p.Addf(at, "has "+strconv.Itoa(len(d.BrownOuts))+" entries", "keep them within %d", maxBrownOuts)
		return
	}
	end, last := d.Deprecated, "the version is deprecated"
	for i, b := range d.BrownOuts {
		where := at.Index(i)
		switch {
		case b.From >= b.Until:
			p.Add(where.Key("until"), "is not behind \"from\"", "write a later time")
		case time.Duration(b.Until-b.From) > maxBrownOut:
			p.Add(where, "is longer than a day", "write several, or \"retire\": true for good")
		case b.From < end:
			p.Add(where.Key("from"), "is before "+last, "write brown-outs in order, none in another, and none before \"deprecated\"")
		case d.Sunset != 0 && b.Until > d.Sunset:
			p.Add(where.Key("until"), "is behind the sunset", "end it before; after the sunset \"retire\": true answers 410")
		}
		end, last = max(end, b.Until), "the one before it ends"
		g.brownOuts = append(g.brownOuts, brownOut{int64(b.From), int64(b.Until)})
	}
}
