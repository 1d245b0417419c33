package document

import (
	"bytes"
	"math/bits"
	"reflect"
	"strconv"
)

// document reads the whole text.
func (d *decoder) document() *Document {
	doc := new(Document)
	d.everything(reflect.ValueOf(doc).Elem())
	return doc
}

// everything reads the whole text into v.
func (d *decoder) everything(v reflect.Value) {
	d.into(v, d.shapes.of(v.Type()), &rule{required: true})
	if d.err != nil {
		return
	}
	// Only white space: next would pass over commas and colons too.
	rest := bytes.TrimLeft(d.json[d.tokens.InputOffset():], " \t\r\n")
	if at := int64(len(d.json) - len(rest)); len(rest) > 0 {
		d.addAt(at, "goes on after its end", "remove what stands behind the last }")
	}
}

// into reads the next value into v. It goes as deep as the text, which Parse
// has bounded.
//
//vmlint:bounded MaxDepth
func (d *decoder) into(v reflect.Value, s *shape, r *rule) {
	switch s.kind {
	case kindCustom:
		v.Addr().Interface().(notation).decode(d, r)
	case kindText:
		d.stringInto(v, r)
	case kindBoolean:
		d.boolInto(v)
	case kindWhole:
		if n, ok := d.whole(r); ok {
			v.SetInt(n)
		}
	case kindNumber:
		if x, ok := d.number(r); ok {
			v.SetFloat(x)
		}
	case kindObject:
		d.objectInto(v, s)
	case kindDictionary:
		d.dictionaryInto(v, s, r)
	case kindList:
		d.listInto(v, s, r)
	case kindPointer:
		p := reflect.New(s.elem.typ)
		d.into(p.Elem(), s.elem, r)
		v.Set(p)
	}
}

// objectInto reads an object with known members.
func (d *decoder) objectInto(v reflect.Value, s *shape) {
	if d.kind() != '{' {
		d.wrong(s.words)
		return
	}
	d.token()
	var seen, meant uint64
	count := 0
	for ; d.kind() != '}' && d.err == nil; count++ {
		at := d.next()
		raw, ok := d.value()
		if !ok {
			return
		}
		i, known := s.lookup(raw)
		switch {
		case !known:
			meant |= d.stranger(s, unquote(raw))
		case seen&(1<<i) != 0:
			d.twice(at, s.fields[i].name)
		default:
			seen |= 1 << i
			d.member(v, &s.fields[i])
		}
	}
	if !d.token() {
		return
	}
	d.check(s, seen, seen|meant, count)
	d.fill(v, s, seen)
}

// lookup finds a member by its name as it stands in the text.
func (s *shape) lookup(raw []byte) (int, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return 0, false
	}
	if i, ok := s.index[string(raw[1:len(raw)-1])]; ok {
		return i, true
	}
	i, ok := s.index[unquote(raw)]
	return i, ok
}

// member reads the value of a known member.
func (d *decoder) member(v reflect.Value, f *field) {
	d.enter(f.name)
	if f.later {
		d.later()
	}
	if f.secret {
		d.quiet++
	}
	d.into(v.Field(f.place), f.shape, &f.rule)
	if f.secret {
		d.quiet--
	}
	d.leave()
}

// stranger reports an unknown member. It returns the bit of the member that was
// probably meant, so that its absence is not reported too.
func (d *decoder) stranger(s *shape, name string) uint64 {
	d.enter(name)
	defer d.leave()
	i := s.nearest(name)
	if i < 0 {
		all := make([]int, len(s.fields))
		for i := range all {
			all[i] = i
		}
		d.unknown("remove it, or write " + choice(s.names(all)))
		return 0
	}
	d.unknown("write " + strconv.Quote(s.fields[i].name))
	return 1 << i
}

// twice reports a member that was there before.
func (d *decoder) twice(at int64, name string) {
	d.enter(name)
	defer d.leave()
	d.addAt(at, "is given twice", "keep one of them")
	d.skip()
}

// check reports what an object lacks, and what does not go together in it.
// meant is seen and what unknown members were probably meant to be.
func (d *decoder) check(s *shape, seen, meant uint64, count int) {
	lacks := false
	for i := range s.fields {
		f := &s.fields[i]
		switch {
		case f.rule.required && meant&(1<<i) == 0:
			lacks = true
			d.about(f.name, "is missing", "write "+f.wanted())
		case f.with != "" && seen&(1<<i) != 0 && meant&(1<<s.index[f.with]) == 0:
			d.about(f.name, "stands without "+strconv.Quote(f.with), "write both, or remove it")
		}
	}
	for i := range s.groups {
		lacks = d.checkGroup(s, &s.groups[i], seen, meant) || lacks
	}
	if count == 0 && !lacks {
		d.empty("member", nil)
	}
}

// checkGroup reports a union that has none of its members, or several. None is
// fine beside the member that stands for them.
func (d *decoder) checkGroup(s *shape, g *group, seen, meant uint64) (none bool) {
	var all uint64
	for _, i := range g.members {
		all |= 1 << i
	}
	if bits.OnesCount64(seen&all) > 1 {
		var given []string
		for _, i := range g.members {
			if seen&(1<<i) != 0 {
				given = append(given, strconv.Quote(s.fields[i].name))
			}
		}
		d.add("has "+and(given), "keep one of them")
	}
	if g.unless != "" {
		all |= 1 << s.index[g.unless]
	}
	none = meant&all == 0
	if none {
		d.add("has no "+g.name, "write "+choice(s.names(g.members)))
	}
	return none
}

// and says: a, b and c.
func and(names []string) string {
	text := names[0]
	for i, name := range names[1:] {
		if i == len(names)-2 {
			text += " and " + name
		} else {
			text += ", " + name
		}
	}
	return text
}

// about records a problem of a member.
func (d *decoder) about(name, found, remedy string) {
	d.enter(name)
	d.add(found, remedy)
	d.leave()
}

// wanted says what a member takes.
func (f *field) wanted() string {
	switch f.shape.kind {
	case kindText:
		return f.rule.string()
	case kindWhole, kindNumber:
		return f.rule.number(f.shape.words)
	}
	return f.shape.words
}

// fill gives absent members their defaults, those of absent objects too. It goes
// as deep as our types.
//
//vmlint:bounded typeDepth
func (d *decoder) fill(v reflect.Value, s *shape, seen uint64) {
	for i := range s.fields {
		f := &s.fields[i]
		switch {
		case seen&(1<<i) != 0:
		case f.preset.IsValid() && f.shape.kind == kindList:
			own := reflect.MakeSlice(f.shape.typ, f.preset.Len(), f.preset.Len())
			reflect.Copy(own, f.preset)
			v.Field(f.place).Set(own)
		case f.preset.IsValid():
			v.Field(f.place).Set(f.preset)
		case f.shape.kind == kindObject:
			d.fill(v.Field(f.place), f.shape, 0)
		}
	}
}
