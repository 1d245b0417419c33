package document

import "reflect"

// dictionaryInto reads an object whose names the author chose.
func (d *decoder) dictionaryInto(v reflect.Value, s *shape, r *rule) {
	if d.kind() != '{' {
		d.wrong(s.words)
		return
	}
	entries := reflect.MakeMap(s.typ)
	entry := reflect.New(s.elem.typ).Elem()
	d.each(r, func(name string) {
		if r.keys != nil {
			d.nameIs(r.keys, name)
		}
		entry.SetZero()
		d.into(entry, s.elem, r)
		entries.SetMapIndex(reflect.ValueOf(name), entry)
	})
	v.Set(entries)
}

// each reads the members of an object whose names are not known beforehand;
// visit reads each value. It returns false where the object is empty or not
// sound.
//
//vmlint:bounded MaxDepth
func (d *decoder) each(r *rule, visit func(name string)) bool {
	seen := map[string]bool{}
	if !d.token() {
		return false
	}
	for d.kind() != '}' && d.err == nil {
		at := d.next()
		raw, ok := d.value()
		if !ok {
			return false
		}
		name := unquote(raw)
		if d.quiet > 0 && name != "env" && name != "value" {
			name = "…" // a secret in the wrong place is a secret
		}
		if seen[name] {
			d.twice(at, name)
			continue
		}
		seen[name] = true
		d.enter(name)
		if name == "" {
			d.add("has an empty name", "write a name")
		}
		visit(name)
		d.leave()
	}
	if !d.token() {
		return false
	}
	if len(seen) == 0 {
		d.empty("member", r)
	}
	return len(seen) > 0
}

// nameIs checks the name of a member that the author chose.
func (d *decoder) nameIs(form *Form, name string) {
	if name != "" && !form.matches(name) {
		d.add("has a name that cannot be used", "write "+form.Words)
	}
}

// listInto reads a list.
func (d *decoder) listInto(v reflect.Value, s *shape, r *rule) {
	n := 0
	if d.kind() == '[' {
		v.Grow(roomFor(d.json[d.next():], int(s.elem.typ.Size())))
	}
	d.elements(r, s.words, func() {
		if n == v.Cap() {
			v.Grow(n + 1)
		}
		v.SetLen(n + 1)
		d.into(v.Index(n), s.elem, r)
		n++
	})
}

// roomFor counts the elements of the list at the beginning of json, so that it
// grows once. The text may be no list at all: the room is kept within four times
// the length of the text.
func roomFor(json []byte, size int) int {
	n, depth, i := 1, 0, 0
	for quoted := false; i < len(json); i++ {
		switch c := json[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',' && depth == 1:
			n++
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
		if depth <= 0 {
			break
		}
	}
	return min(n, 4*i/max(size, 1)+1)
}

// elements reads the elements of a list; visit reads each.
//
//vmlint:bounded MaxDepth
func (d *decoder) elements(r *rule, words string, visit func()) {
	if d.kind() != '[' {
		d.wrong(words)
		return
	}
	d.token()
	i := 0
	for ; d.kind() != ']' && d.err == nil; i++ {
		d.item(i)
		visit()
		d.leave()
	}
	if d.token() && i == 0 {
		d.empty("entry", r)
	}
}

// empty records that a list or an object has nothing in it.
func (d *decoder) empty(what string, r *rule) {
	remedy := "write at least one " + what
	switch {
	case d.quiet > 0:
		remedy = "write " + secretWords
	case r == nil || !r.required:
		remedy += ", or leave it out"
	}
	d.add("is empty", remedy)
}
