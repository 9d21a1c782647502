package rest_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"todokit/pkg/errs"
	"todokit/pkg/rest"
)

func TestInteger_IntegralValue_InAnyForm(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("0", 10_000)
	for text, want := range map[string]int{
		"0": 0, "-0": 0, "0.0": 0, "-0.0e5": 0, "0e99999999999999999999": 0, "0." + zeros: 0,
		"2": 2, "2.0": 2, "2.00": 2, "2e0": 2, "2E+0": 2, "0.2e1": 2, "20e-1": 2, "2" + zeros + "e-10000": 2, "2." + zeros + "e0": 2, "0." + zeros + "2e10001": 2,
		"-3": -3, "-3.0": -3, "-30e-1": -3, "1e0": 1, "12.5e1": 125, "1e3": 1000,
		"9223372036854775807": math.MaxInt, "9223372036854775807.0": math.MaxInt, "-9223372036854775808": math.MinInt,
		"9223372036854775808": math.MaxInt, "1e19": math.MaxInt, "-1e400": math.MinInt, "1e99999999999999999999": math.MaxInt,
	} {
		if got, problem := rest.Integer(json.RawMessage(text)); problem != nil || got != want {
			t.Errorf("%.40s: got %d, %v; want %d", text, got, problem, want)
		}
	}
}

func TestInteger_OtherValue_Refused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"2.5", "2.0000000000000000000001", "1e-1", "-0.1", "25e-1", "1e-99999999999999999999", "9007199254740993.5",
		`"2"`, `""`, "null", "true", "[2]", "{}",
	} {
		if got, problem := rest.Integer(json.RawMessage(text)); problem == nil || problem.Code != errs.FieldFormat {
			t.Errorf("%s is taken for %d, %v", text, got, problem)
		}
	}
}

// What big.Rat says of a number is what Integer says.
func TestInteger_AnyNumber_ExactlyItsValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,6})(\.[0-9]{1,6})?([eE][+-]?[0-9]{1,1})?`).Draw(rt, "number")
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			rt.Skip("no number")
		}
		got, problem := rest.Integer(json.RawMessage(text))
		if want.IsInt() != (problem == nil) || problem == nil && want.Num().Int64() != int64(got) {
			rt.Fatalf("%s: got %d, %v; it is %v", text, got, problem, want)
		}
	})
}
