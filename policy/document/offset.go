package document

// ParseOffset reads how many minutes a clock is ahead of UTC, as the document
// writes it: "+05:30", "-03:00". No clock on earth is further than 12 hours
// behind or 14 ahead, and "-00:00" is what RFC 3339 section 4.3 writes for an
// offset that is not known.
func ParseOffset(text string) (minutes int, ok bool) {
	if len(text) != 6 || text[3] != ':' || text[0] != '+' && text[0] != '-' || text == "-00:00" {
		return 0, false
	}
	digits := text[1:3] + text[4:]
	if !every(digits, isDigit) || digits[2] > '5' {
		return 0, false
	}
	for i, unit := range [...]int{600, 60, 10, 1} {
		minutes += int(digits[i]-'0') * unit
	}
	if text[0] == '-' {
		minutes = -minutes
	}
	return minutes, minutes >= -12*60 && minutes <= 14*60
}
