package door

import "sallyport.dev/sallyport/policy/guard"

// tickPeriod is how often tasks are asked whether they are due, in milliseconds.
const tickPeriod = 1000

// start makes a plugin's tasks ready. Each is as a stream of the plugin's own
// context, so that its calls are as those of requests.
func (p *plugin) start(d *Door, tasks []guard.Task) error {
	for _, t := range tasks {
		s := &stream{door: d, host: d.host, id: p.id, task: t, life: life{plugin: p}}
		s.world = world{host: d.host, stream: s}
		s.req.Reset()
		s.req.World = &s.world
		p.tasks = append(p.tasks, s)
	}
	if len(tasks) == 0 {
		return nil
	}
	return d.host.SetTickPeriod(tickPeriod)
}

// OnTick answers proxy_on_tick: tasks that are due begin.
func (d *Door) OnTick(id uint32) {
	defer d.recovered("tick")
	p := d.plugins[id]
	if p == nil {
		return
	}
	for _, s := range p.tasks {
		if !s.suspended {
			d.begin(s)
		}
	}
}

// begin runs a task if it is due. A panic ends this run of it and nothing else.
func (d *Door) begin(s *stream) {
	defer d.recovered("task")
	now, err := d.host.Now()
	if err != nil || s.task.Due() > now {
		return
	}
	s.req.Now = now
	s.begin(due)
}
