package userauth

import "slices"

// leastRun is how long a sequence is at least, in characters, and how long they are on
// average in a text that consists of sequences. Those that occur in words by chance
// are shorter.
const leastRun = 3

// step leads from a character to the next: a distance in the alphabet, among the
// digits or in Unicode (keyboard 0), or a direction on a keyboard.
type step struct{ keyboard, rows, columns int }

// keyboards are the rows of the keys, from above.
func keyboards() [][]string {
	return [][]string{
		{"1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"},
		{"!@#$%^&*()_+"},
		{"1234567890ß", "qwertzuiopü", "asdfghjklöä", "yxcvbnm,.-"},
		{"!\"§$%&/()="},
		{"1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn,;:!"},
		{"1234567890", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"},
	}
}

// isSequences says whether a text consists of few sequences: of the same character,
// of neighbours in an alphabet, or of keys in one line, as in aaaabbbb, 87654321,
// qwertyui or 1qaz2wsx.
func isSequences(text []rune) bool {
	parts := 0
	for begin := 0; begin < len(text); parts++ {
		if n := runLength(text[begin:]); n >= leastRun {
			begin += n
		} else {
			begin++
		}
	}
	return leastRun*parts <= len(text)
}

// runLength returns how many characters, from the first on, are led to by the same step.
func runLength(text []rune) int {
	var same []step // that led to all characters so far
	for i := 1; i < len(text); i++ {
		next := steps(text[i-1], text[i])
		if i > 1 {
			next = slices.DeleteFunc(next, func(s step) bool { return !slices.Contains(same, s) })
		}
		if len(next) == 0 {
			return i
		}
		same = next
	}
	return len(text)
}

func steps(from, to rune) []step {
	all := []step{{columns: distance(from, to)}}
	for i, rows := range keyboards() {
		r1, c1 := position(rows, from)
		r2, c2 := position(rows, to)
		near := max(r1-r2, r2-r1, c1-c2, c2-c1) <= 1
		if r1 >= 0 && r2 >= 0 && near {
			all = append(all, step{i + 1, r2 - r1, c2 - c1})
		}
	}
	return all
}

// distance counts on from 9 to 0 and from z to a.
func distance(from, to rune) int {
	n := int(to - from)
	switch {
	case isBetween('0', '9', from, to):
		return (n + 10) % 10
	case isBetween('a', 'z', from, to):
		return (n + 26) % 26
	default:
		return n
	}
}

func isBetween(first, last, a, b rune) bool {
	return first <= min(a, b) && max(a, b) <= last
}

// position returns the row and column of a key, -1 for one that is not there.
func position(rows []string, key rune) (row, column int) {
	for row, keys := range rows {
		if column := slices.Index([]rune(keys), key); column >= 0 {
			return row, column
		}
	}
	return -1, -1
}
