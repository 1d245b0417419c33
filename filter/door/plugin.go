package door

import (
	"errors"
	"fmt"
	"strings"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/limits"
)

// plugin is one configuration: a policy at work, and its counters.
type plugin struct {
	host     host
	id       uint32
	tasks    []*stream
	world    *world
	instance *policy.Instance // nil until configured: every request is refused
	waits    bool             // some request is judged in more than one callback
	counters *counters
	calls    *calls
	bodies   bodies
}

func newPlugin(h host, id uint32) *plugin {
	return &plugin{host: h, id: id, world: &world{host: h}, calls: newCalls(h, id)}
}

// configure compiles the plugin's configuration and puts it to work. What is
// wrong with it is logged line by line.
func (p *plugin) configure(d *Door) bool {
	in, err := p.compile()
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			p.host.Log(proxywasm.Error, "sallyport: policy: "+line)
		}
		return false
	}
	if err := p.start(d, in.Tasks()); err != nil {
		p.host.Log(proxywasm.Error, "sallyport: the proxy does not tick: "+err.Error())
		return false
	}
	p.instance, p.counters = in, newCounters(p.host, in.Policy())
	p.waits = in.Policy().Waits()
	s := in.Policy().Summary()
	p.host.Log(proxywasm.Info, fmt.Sprintf("sallyport: policy in force: routes %d, identities %d, limits %d", s.Routes, s.Identities, s.Limits))
	return true
}

func (p *plugin) compile() (*policy.Instance, error) {
	text, err := p.host.PluginConfiguration()
	if errors.Is(err, proxywasm.ErrNotFound) || err == nil && len(text) == 0 {
		return nil, &document.Error{Problems: []document.Problem{{Found: "is empty",
			Remedy: "give the policy as a StringValue in the plugin's configuration"}}}
	}
	if err != nil {
		return nil, err
	}
	compiled, err := policy.Compile(text, p.host.Env)
	if err != nil {
		return nil, err
	}
	seeds, err := p.seeds()
	if err != nil {
		return nil, err
	}
	return policy.NewInstance(compiled, p.namespace(), seeds), nil
}

func (p *plugin) seeds() (s policy.Seeds, err error) {
	if err := p.host.Random(s.Worker[:]); err != nil {
		return s, err
	}
	s.Shared, err = limits.Seed(p.world, p.host.Random)
	return s, err
}

// namespace keeps plugins of one VM id apart: their shared data is one. It is
// the plugin's root id, which Istio and Envoy Gateway set as well.
func (p *plugin) namespace() string {
	if id, err := p.host.Property("plugin_root_id"); err == nil {
		return string(id)
	}
	return ""
}
