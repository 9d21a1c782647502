package rest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"todokit/pkg/errs"
)

// Integer reads a number whose value is integral, in any form that JSON has for
// it: 2, 2.0, 20e-1 (JSON Schema, 6.1.1). One that an int cannot hold becomes the
// greatest or the least int, which is out of any range.
func Integer(value json.RawMessage) (int, *errs.Field) {
	if c := value[0]; c != '-' && (c < '0' || c > '9') { // as each number begins, and nothing else
		return 0, invalid(errs.FieldFormat, "an integer")
	}
	n, ok := parseInteger(string(value))
	if !ok {
		return 0, invalid(errs.FieldFormat, "an integer")
	}
	return n, nil
}

// parseInteger returns the value of a well-formed number, false if it has a
// fraction. It computes with digits, since a float64 would round.
func parseInteger(number string) (n int, ok bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	sign := ""
	if rest, negative := strings.CutPrefix(mantissa, "-"); negative {
		sign, mantissa = "-", rest
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return 0, true
	}
	// How many of the digits stand before the point; those that follow are zeros.
	before := len(digits) - len(fraction) + parseExponent(exponent)
	digits = strings.TrimRight(digits, "0")
	if before < len(digits) {
		return 0, false
	}
	const most = 19 // digits of an int
	if before > most {
		digits, before = "9", most+1
	}
	n64, _ := strconv.ParseInt(sign+digits+strings.Repeat("0", before-len(digits)), 10, strconv.IntSize) // the nearest, if out of range
	return int(n64), true
}

// parseExponent returns the nearest exponent that can be computed with: no body is
// so long that it would make a difference.
func parseExponent(s string) int {
	const most = math.MaxInt32
	n, _ := strconv.ParseInt(s, 10, 64) // none is 0
	return int(max(-most, min(n, most)))
}
