package document

// Cost is how many tokens a request takes.
type Cost struct {
	Default  int64
	ByMethod map[string]int64 // nil: Default for every method
	// ResponseHeader is where a response says what its request has cost, Max at
	// most. Empty: it does not.
	ResponseHeader string
	Max            int64
}

// CostFromGraphQL is the string that takes the cost from a GraphQL operation's
// complexity. Not supported yet.
const CostFromGraphQL = "graphql.cost"

// MaxCost is the largest number of tokens that a request can take.
const MaxCost = 1_000_000_000

const costWords = `a whole number from 1 to 1000000000, or numbers by method such as {"default": 1, "POST": 5}`

var (
	costRule       = rule{hasMin: true, min: 1, minText: "1", hasMax: true, max: MaxCost, maxText: "1000000000"}
	methodCostRule = rule{hasMin: true, min: 0, minText: "0", hasMax: true, max: MaxCost, maxText: "1000000000"}
)

// decode reads a cost. By method it may be 0: such requests are free.
func (c *Cost) decode(d *decoder, _ *rule) {
	switch d.kind() {
	case '0':
		if n, ok := d.whole(&costRule); ok {
			c.Default = n
		}
	case '{':
		c.decodeByMethod(d)
	case '"':
		if text, ok := d.text(costWords); !ok {
			return
		} else if text == CostFromGraphQL {
			d.later()
		} else {
			d.found(d.quote(text), costWords)
		}
	default:
		d.wrong(costWords)
	}
}

func (c *Cost) decodeByMethod(d *decoder) {
	c.Default = 1
	c.ByMethod = map[string]int64{}
	given := map[string]bool{}
	ok := d.each(nil, func(name string) {
		given[name] = true
		c.member(d, name)
	})
	if len(c.ByMethod) == 0 {
		c.ByMethod = nil
	}
	switch {
	case ok && given["response_header"] && !given["max"]:
		d.about("max", `is missing beside "response_header"`, "write the most that a response can cost, from 1 to 1000000000")
	case ok && given["max"] && !given["response_header"]:
		d.about("max", `stands without "response_header"`, "write both, or remove it")
	}
}

// member reads one member of a cost that is an object.
func (c *Cost) member(d *decoder, name string) {
	switch name {
	case "response_header":
		c.ResponseHeader = d.filled("the name of a header")
		return
	case "max":
		if n, ok := d.whole(&costRule); ok {
			c.Max = n
		}
		return
	case "default":
	default:
		d.nameIs(Forms["method"], name)
	}
	n, ok := d.whole(&methodCostRule)
	switch {
	case !ok:
	case name == "default":
		c.Default = n
	default:
		c.ByMethod[name] = n
	}
}

func (*Cost) words() string { return costWords }
