package schema

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// maxWhole is the largest whole number that every JSON reader keeps.
const maxWhole = 1<<53 - 1

// writer turns types into schemas. Each struct and each notation of its own
// stands once in $defs, under the name of its Go type.
type writer struct{ defs map[string]fragment }

func (w *writer) sorted() fragment {
	var all fragment
	for _, name := range slices.Sorted(maps.Keys(w.defs)) {
		all = append(all, keyword{name, w.defs[name]})
	}
	return all
}

// reference defines a type by its name and refers to it.
func (w *writer) reference(name string, define func() fragment) fragment {
	if _, ok := w.defs[name]; !ok {
		w.defs[name] = nil
		w.defs[name] = define()
	}
	return fragment{{"$ref", "#/$defs/" + name}}
}

// object is the schema of a struct.
func (w *writer) object(t reflect.Type) fragment {
	var properties fragment
	var required, groups []string
	choices, instead := map[string][]fragment{}, map[string]string{}
	dependent := fragment{}
	for _, m := range members(t) {
		properties = append(properties, keyword{m.name, w.property(m)})
		if m.required {
			required = append(required, m.name)
		}
		if m.one != "" {
			if choices[m.one] == nil {
				groups = append(groups, m.one)
			}
			choices[m.one] = append(choices[m.one], fragment{{"required", []string{m.name}}})
			if m.unless != "" {
				instead[m.one] = m.unless
			}
		}
		if m.with != "" {
			dependent = append(dependent, keyword{m.name, []string{m.with}})
		}
	}
	s := fragment{{"type", "object"}, {"additionalProperties", false}, {"minProperties", 1}, {"properties", properties}}
	if len(required) > 0 {
		s = append(s, keyword{"required", required})
	}
	if len(dependent) > 0 {
		s = append(s, keyword{"dependentRequired", dependent})
	}
	for _, group := range groups { // no struct has two: a second oneOf would not stand
		all := choices[group]
		if unless := instead[group]; unless != "" {
			none := fragment{{"required", []string{unless}}, {"not", fragment{{"anyOf", all}}}}
			all = append(slices.Clip(all), none)
		}
		s = append(s, keyword{"oneOf", all})
	}
	return s
}

// property is the schema of a member: what it says, and what it takes.
func (w *writer) property(m member) fragment {
	s := fragment{{"description", m.description()}}
	if m.preset != "" {
		s = append(s, keyword{"default", json.RawMessage(m.preset)})
	}
	return append(s, w.value(m.typ, m)...)
}

// value is the schema of a type, narrowed by the tags of the member whose value
// it is.
func (w *writer) value(t reflect.Type, m member) fragment {
	if define, ok := notations[t]; ok {
		if t == durationType && m.min == "0s" {
			return durationOrZero
		}
		return w.reference(t.Name(), func() fragment { return define(w) })
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.value(t.Elem(), m)
	case reflect.Struct:
		return w.reference(t.Name(), func() fragment { return w.object(t) })
	case reflect.Map:
		names := fragment{{"minLength", 1}}
		if m.keys != nil {
			names = fragment{{"pattern", m.keys.Pattern}}
		}
		return fragment{{"type", "object"}, {"minProperties", 1}, {"propertyNames", names}, {"additionalProperties", w.value(t.Elem(), member{})}}
	case reflect.Slice:
		return fragment{{"type", "array"}, {"minItems", 1}, {"items", w.value(t.Elem(), m)}}
	case reflect.String:
		return stringSchema(m)
	case reflect.Bool:
		return fragment{{"type", "boolean"}}
	case reflect.Float64:
		return bounded(fragment{{"type", "number"}}, m)
	case reflect.Int, reflect.Int64:
		if m.max == "" {
			m.max = "9007199254740991"
		}
		return bounded(fragment{{"type", "integer"}}, m)
	}
	panic("schema: no schema for " + t.String())
}

func stringSchema(m member) fragment {
	switch {
	case len(m.enum) > 0:
		return fragment{{"type", "string"}, {"enum", m.enum}}
	case m.form != nil:
		return fragment{{"type", "string"}, {"pattern", m.form.Pattern}}
	}
	return fragment{{"type", "string"}, {"minLength", 1}}
}

func bounded(s fragment, m member) fragment {
	for _, bound := range []keyword{{"minimum", m.min}, {"exclusiveMinimum", m.above}, {"maximum", m.max}} {
		if bound.value != "" {
			s = append(s, keyword{bound.name, json.Number(bound.value.(string))})
		}
	}
	return s
}
