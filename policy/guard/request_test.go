package guard

import (
	"reflect"
	"testing"
)

// fill sets every member of a struct to something that is not its zero value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Uint8:
		v.Set(reflect.ValueOf(7).Convert(v.Type()))
	}
}

// TestReset: nothing of a request is there for the next one, whatever members
// a request comes to have.
func TestReset(t *testing.T) {
	type world struct{ World }
	r := Request{}
	fill(reflect.ValueOf(&r).Elem())
	r.World, r.Caller.Claims = &world{}, nil
	b := append(r.Scratch.Free(), "kept"...)
	r.Scratch.Keep(b)
	filled := reflect.ValueOf(r)
	r.Reset()
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if filled.Field(i).IsZero() {
			t.Errorf("%s was not filled: the test tells nothing of it", name)
		}
		switch {
		case name == "Route":
			if r.Route != -1 {
				t.Errorf("Route is %d", r.Route)
			}
		case name == "Scratch":
			if len(r.Scratch.buf) != 0 {
				t.Error("Scratch is not empty")
			}
		case f.Kind() == reflect.Slice && f.Len() != 0, f.Kind() != reflect.Slice && !f.IsZero():
			t.Errorf("%s is left: %v", name, f)
		}
	}
}
