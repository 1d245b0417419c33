package apikey

// memory is what a worker knows of one identity beyond the policy: what its
// directory has answered, and which keys had a bcrypt digest.
type memory struct {
	answers *answers
	checks  *checks
}

// memory returns what the worker knows of an identity; nil for one whose keys
// are all in the policy and quickly checked. A nil *Cache knows nothing.
func (c *Cache) memory(i *Identity) *memory {
	if i.directory == nil && i.slow == nil {
		return nil
	}
	if c == nil {
		return newMemory(i)
	}
	m := c.memories[i]
	if m == nil {
		m = newMemory(i)
		c.memories[i] = m
	}
	return m
}

func newMemory(i *Identity) *memory {
	m := &memory{}
	if i.directory != nil {
		m.answers = newAnswers()
	}
	if i.slow != nil {
		m.checks = newChecks()
	}
	return m
}
