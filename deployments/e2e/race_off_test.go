//go:build !race

package e2e_test

// raceDetector says whether this test has it; then the commands get it too.
const raceDetector = false
