// Package across comes back to itself by way of another package's interface.
package across

import "sallyport.test/vm/across/part"

type list struct{ parts []part.Part }

func (l list) Size() (n int) { // want `Size can call itself \(list.Size → Sum → Part.Size → list.Size\)`
	return part.Sum(l.parts)
}

type leaf struct{}

func (leaf) Size() int { return 1 }

type other struct{}

// Size is no part: it has another type.
func (other) Size(int) int { return part.Sum(nil) }

var Parts = []part.Part{list{}, leaf{}}
