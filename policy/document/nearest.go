package document

// edits counts the letters that must be added, removed or changed to make b of
// a (Levenshtein's distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// Nearest returns the one of some names that a misspelt name probably means,
// "" where none is near.
func Nearest(name string, known []string) string {
	best, distance := "", 3
	plain := fold(name)
	for _, k := range known {
		if n := edits(plain, fold(k)); n < distance && n*2 < len(k) {
			best, distance = k, n
		}
	}
	return best
}
