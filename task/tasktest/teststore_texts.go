package tasktest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"todokit/pkg/casefold"
	"todokit/task"
)

// testFindsFolded compares what a store finds with what is there: for texts whose
// cases and forms differ, and of any scripts.
func testFindsFolded(t *testing.T, fx *storeFixture) {
	random := rand.New(rand.NewPCG(5, 6))
	texts := []string{
		"Οδος", "ΟΔΟΣ", "weiß", "WEISS", "Cafe\u0301", "café", "CAFE", "İstanbul", "ıssız", "ﬁnd", "100% a_b", `back\slash 'quoted'`,
		"한글", norm.NFD.String("한글"), "\u212Bngström", "ᾳ", "ΑΙ", "Ꭰ", "ꭰ", "𐐀", "买牛奶", "title end", "begin of content", "",
	}
	for range 40 {
		texts = append(texts, randomText(random))
	}
	var all []task.Task
	for range 150 {
		v := fx.task(pick(random, texts...))
		v.Content = pick(random, texts...)
		for range random.IntN(4) {
			if label := pick(random, texts...); label != "" && !slices.Contains(v.Labels, label) {
				v.Labels = append(v.Labels, label)
			}
		}
		all = append(all, fx.add(t, v))
	}
	for range 50 { // by the other way of writing
		v := pick(random, all...)
		i := slices.IndexFunc(all, func(x task.Task) bool { return x.ID == v.ID })
		all[i] = fx.replace(t, next(all[i], func(v *task.Task) { v.Title, v.Labels = v.Content, []string{pick(random, texts...) + "x"} }))
	}
	for _, text := range texts {
		typed := pick(random, text, strings.ToUpper(text), strings.ToLower(text), norm.NFD.String(text), text+"e")
		fx.compare(t, all, task.Filter{Text: casefold.String(typed)})
		fx.compare(t, all, task.Filter{Label: casefold.String(typed)})
		fx.compare(t, all, task.Filter{Text: casefold.String(part(random, text))})
	}
}

// randomText returns some characters of scripts with cases and marks, and of any.
func randomText(random *rand.Rand) string {
	var text []rune
	for range 1 + random.IntN(8) {
		from := pick(random, [2]rune{'A', 'z'}, [2]rune{0xC0, 0x24F}, [2]rune{0x300, 0x345}, [2]rune{0x370, 0x3FF}, [2]rune{0x400, 0x52F},
			[2]rune{0x1E00, 0x1FFF}, [2]rune{0x2100, 0x218F}, [2]rune{0xAB70, 0xABBF}, [2]rune{0xFB00, 0xFB17}, [2]rune{0x10400, 0x1044F}, [2]rune{0x20, 0x10FFFF})
		r := from[0] + random.Int32N(from[1]-from[0]+1)
		if r < 0xD800 || r > 0xDFFF {
			text = append(text, r)
		}
	}
	return strings.TrimSpace(string(text))
}

// part returns some characters of a text that follow each other.
func part(random *rand.Rand, text string) string {
	runes := []rune(text)
	from := random.IntN(len(runes) + 1)
	return string(runes[from : from+random.IntN(len(runes)-from+1)])
}

// compare demands that a filter finds those tasks that it matches.
func (fx *storeFixture) compare(t *testing.T, all []task.Task, f task.Filter) {
	t.Helper()
	var got, want []string
	for _, v := range fx.find(t, f) {
		got = append(got, v.ID.String())
	}
	for _, v := range all {
		if matches(v, f) {
			want = append(want, v.ID.String())
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%+q finds %v, want %v", []string{f.Text, f.Label}, got, want)
	}
}
