package schema

import (
	"reflect"

	"sallyport.dev/sallyport/policy/document"
)

// notations is the schemas of the types that have a notation of their own. They
// stand here and not beside their decoders, so that the module does not carry
// them.
var notations map[reflect.Type]func(*writer) fragment

func init() { // it refers to itself through reference
	notations = map[reflect.Type]func(*writer) fragment{
		durationType:                        func(*writer) fragment { return duration },
		reflect.TypeFor[document.Size]():    func(*writer) fragment { return size },
		reflect.TypeFor[document.Time]():    func(*writer) fragment { return moment },
		reflect.TypeFor[document.Secret]():  func(*writer) fragment { return secret },
		reflect.TypeFor[document.Raw]():     func(*writer) fragment { return raw },
		reflect.TypeFor[document.Cost]():    func(*writer) fragment { return cost },
		reflect.TypeFor[document.NameSet](): func(*writer) fragment { return nameSet },
		reflect.TypeFor[document.Audiences](): func(*writer) fragment {
			return fragment{{"description", "A list of audiences, any of which is right; or the word unchecked."}, {"anyOf", []fragment{names, {{"const", "unchecked"}}}}}
		},
		reflect.TypeFor[document.Sources](): func(*writer) fragment {
			return fragment{{"description", "Sources of a directive; [] where it takes none."}, {"type", "array"}, {"items", filled}}
		},
		reflect.TypeFor[document.Requirement](): requirement,
		reflect.TypeFor[document.RouteLimit]():  routeLimit,
		reflect.TypeFor[document.RouteCORS]():   orNone(reflect.TypeFor[document.CORS]()),
		reflect.TypeFor[document.RouteCSRF]():   orNone(reflect.TypeFor[document.CSRF]()),
	}
}

var (
	durationType   = reflect.TypeFor[document.Duration]()
	durationOrZero = fragment{{"type", "string"}, {"minLength", 1}, {"pattern", document.DurationPattern}}

	duration = fragment{
		{"description", "A length of time: 250ms, 5s, 15m, 1h, 30d, or several of them from large to small."},
		{"type", "string"}, {"pattern", document.DurationPattern}, {"allOf", []fragment{{{"pattern", "[1-9]"}}}},
	}
	size = fragment{
		{"description", "A number of bytes: 65536, 64KiB or 1MiB."},
		{"anyOf", []fragment{
			{{"type", "integer"}, {"minimum", 1}, {"maximum", maxWhole}},
			{{"type", "string"}, {"pattern", document.SizePattern}},
		}},
	}
	moment = fragment{
		{"description", "A time as RFC 3339 writes it."},
		{"type", "string"}, {"format", "date-time"}, {"pattern", document.TimePattern},
	}
	filled = fragment{{"type", "string"}, {"minLength", 1}}
	names  = fragment{{"type", "array"}, {"minItems", 1}, {"items", filled}}
	secret = fragment{
		{"description", "A value that is never printed."},
		{"type", "object"}, {"additionalProperties", false},
		{"properties", fragment{
			{"env", fragment{{"description", "Name of a variable in the environment of the plugin's VM."}, {"type", "string"}, {"pattern", document.VariablePattern}}},
			{"value", fragment{{"description", "The secret itself."}, {"type", "string"}, {"minLength", 1}}},
		}},
		{"oneOf", []fragment{{{"required", []string{"env"}}}, {{"required", []string{"value"}}}}},
	}
	raw  = fragment{{"type", "object"}, {"minProperties", 1}}
	cost = fragment{
		{"description", "A number of tokens, numbers by method with a default, or graphql.cost (not supported yet)."},
		{"anyOf", []fragment{
			{{"type", "integer"}, {"minimum", 1}, {"maximum", document.MaxCost}},
			{{"const", document.CostFromGraphQL}},
			{
				{"type", "object"}, {"minProperties", 1}, {"additionalProperties", false},
				{"properties", fragment{
					{"response_header", fragment{{"description", "Where the response says what its request has cost."}, {"type", "string"}, {"minLength", 1}}},
					{"max", fragment{{"description", "The most that a response can cost."}, {"type", "integer"}, {"minimum", 1}, {"maximum", document.MaxCost}}},
				}},
				{"dependentRequired", fragment{{"response_header", []string{"max"}}, {"max", []string{"response_header"}}}},
				{"patternProperties", fragment{{"^default$", tokens}, {document.Forms["method"].Pattern, tokens}}},
			},
		}},
	}
	tokens  = fragment{{"type", "integer"}, {"minimum", 0}, {"maximum", document.MaxCost}}
	nameSet = fragment{
		{"description", "Names of which all are needed, or, in any, one."},
		{"anyOf", []fragment{names, choiceOfNames}},
	}
	choiceOfNames = fragment{{"type", "object"}, {"additionalProperties", false}, {"required", []string{"any"}}, {"properties", fragment{{"any", names}}}}
)

func routeLimit(w *writer) fragment {
	return fragment{
		{"description", "A limit by name, or with a cost in the place of its own."},
		{"anyOf", []fragment{filled, {
			{"type", "object"}, {"additionalProperties", false}, {"required", []string{"limit"}},
			{"properties", fragment{{"limit", filled}, {"cost", w.reference("Cost", func() fragment { return cost })}}},
		}}},
	}
}

// orNone is a section, or the word none.
func orNone(section reflect.Type) func(*writer) fragment {
	return func(w *writer) fragment {
		return fragment{
			{"description", "A section as that of the document, in its place; or the word none."},
			{"anyOf", []fragment{w.reference(section.Name(), func() fragment { return w.object(section) }), {{"const", "none"}}}},
		}
	}
}

func requirement(w *writer) fragment {
	either := w.reference("NameSet", func() fragment { return nameSet })
	byMethod := fragment{{"type", "object"}, {"minProperties", 1}, {"additionalProperties", false},
		{"patternProperties", fragment{{document.Forms["method"].Pattern, either}}}}
	return fragment{
		{"description", "Names of which all are needed, or, in any, one; or either by method."},
		{"anyOf", []fragment{either, byMethod}},
	}
}
