package fetched

import "sallyport.dev/sallyport/policy/guard"

// Discovery is a document whose address stands in the metadata of an issuer: its
// key set (OpenID Connect Discovery 1.0, RFC 8414). It is immutable once it was
// registered.
type Discovery struct {
	metadata Source
	at       []Address
	keys     Source
}

// NewDiscovery returns the Discovery of an issuer. Both documents are fetched
// from the cluster of keys, under its timeout and as often; Authority and Path of
// keys are not looked at. Errors: those of ParseIssuer.
func NewDiscovery(issuer string, keys Source) (*Discovery, error) {
	at, err := ParseIssuer(issuer)
	if err != nil {
		return nil, err
	}
	return &Discovery{
		metadata: Source{
			Name: keys.Name + "/metadata", Cluster: keys.Cluster, Accept: "application/json",
			Timeout: keys.Timeout, Refresh: keys.Refresh,
			Parse: func(body []byte) (any, error) {
				m, err := parseMetadata(body, issuer)
				if err != nil {
					return nil, err // not a nil *metadata
				}
				return m, nil
			},
		},
		at: wellKnown(at), keys: keys,
	}, nil
}

// Register gives both documents their counters.
func (d *Discovery) Register(m *guard.Metrics) {
	d.metadata.Register(m)
	d.keys.Register(m)
}

// Discovered is what one worker holds of a Discovery. Its value is the key
// set's.
type Discovered struct {
	metadata, keys *Copy
	aimed          *metadata // whose address keys has; nil: it has none yet
}

var _ Document = (*Discovered)(nil)

// NewDiscovered returns a Discovered of nothing yet.
func NewDiscovered(d *Discovery, namespace string) *Discovered {
	return &Discovered{metadata: newCopy(&d.metadata, namespace, d.at...), keys: newCopy(&d.keys, namespace)}
}

// aim leads the key set to the address that metadata name. ok is false while
// there is none.
func (d *Discovered) aim(v any) (ok bool) {
	if m, is := v.(*metadata); is && m != d.aimed {
		d.aimed = m
		d.keys.move(m.keys)
	}
	return d.aimed != nil
}

// Value implements Document.
func (d *Discovered) Value(r *guard.Request) any {
	if !d.aim(d.metadata.Value(r)) {
		return nil
	}
	return d.keys.Value(r)
}

// Await implements Document.
func (d *Discovered) Await(r *guard.Request) (any, error) {
	if v := d.Value(r); v != nil {
		return v, nil
	}
	v, err := d.metadata.Await(r)
	if err != nil {
		return nil, err
	}
	d.aim(v)
	return d.keys.Await(r)
}

// Renew implements Document. Only the key set is asked for: where it stands
// does not change with its keys.
func (d *Discovered) Renew(r *guard.Request) (any, error) {
	if d.Value(r) == nil {
		return d.Await(r)
	}
	return d.keys.Renew(r)
}

// Due implements guard.Task: see Copy.Due.
func (d *Discovered) Due() int64 { return 0 }

// Run implements guard.Task. A key set that cannot be fetched may have moved,
// so its address is asked for as well.
func (d *Discovered) Run(r *guard.Request) {
	d.metadata.Run(r)
	if !d.aim(d.metadata.Value(r)) {
		return
	}
	d.keys.Run(r)
	if d.keys.state.failures == 0 {
		return
	}
	if v, err := d.metadata.Renew(r); err == nil {
		d.aim(v)
	}
}
