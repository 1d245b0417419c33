package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// listed finds the files that the index of a folder names.
var listed = regexp.MustCompile(`\]\(([a-z0-9-]+\.txt)\)`)

// Load reads all scenarios of a folder, by name. The folder's README.md lists
// its files; a file that is missing, or that is not listed, is an error, so
// that a scenario cannot get lost in silence.
func Load(dir string) ([]*Scenario, error) {
	index, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		return nil, fmt.Errorf("the scenarios' list: %w", err)
	}
	var want []string
	for _, m := range listed.FindAllStringSubmatch(string(index), -1) {
		want = append(want, m[1])
	}
	slices.Sort(want)
	have, err := files(dir)
	if err != nil {
		return nil, err
	}
	if len(want) == 0 || !slices.Equal(want, have) {
		return nil, fmt.Errorf("%s holds %q, its README.md lists %q", dir, have, want)
	}
	return parseAll(dir, have)
}

func files(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	slices.Sort(paths)
	return paths, nil
}

func parseAll(dir string, names []string) ([]*Scenario, error) {
	var all []*Scenario
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		s, err := Parse(strings.TrimSuffix(name, ".txt"), data)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// For returns the steps of s that a host runs.
func (s *Scenario) For(host Host) []Step {
	return slices.DeleteFunc(slices.Clone(s.Steps), func(st Step) bool {
		return st.Only != "" && st.Only != host
	})
}

// public finds a reason by its name.
func public(name string) (guard.Public, bool) {
	for r := range guard.Reasons {
		if p := guard.Reason(r).Public(); p.Name == name {
			return p, true
		}
	}
	return guard.Public{}, false
}
