package user

import (
	"crypto/sha256"
	"hash/crc32"
	"math/big"
	"strings"
)

// The secret of a personal access token is, in letters and digits only, so
// that a double click takes all of it,
//
//	"tdk_" | 256 random bits in base 62 (43) | their CRC-32 in base 62 (6)
//
// The prefix and the checksum let scanners of leaked secrets find it without
// false alarms (tdk_[0-9A-Za-z]{49}), and let a gateway refuse what was made
// up without asking anybody. Only its SHA-256 is kept, which is enough for a
// secret that nobody can guess.
const (
	personalPrefix = "tdk_"
	randomDigits   = 43
	checkDigits    = 6
)

func newPersonalSecret() string {
	var raw [32]byte
	random(raw[:])
	digits := base62(new(big.Int).SetBytes(raw[:]), randomDigits)
	return personalPrefix + digits + checksum(digits)
}

func checksum(digits string) string {
	return base62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(digits)))), checkDigits)
}

func base62(n *big.Int, width int) string {
	digits := n.Text(62)
	return strings.Repeat("0", width-len(digits)) + digits
}

// IsPersonal says whether a credential means to be a personal access token.
func IsPersonal(credential string) bool { return strings.HasPrefix(credential, personalPrefix) }

// IsPersonalToken says whether it can be one: it has the form, and its checksum agrees.
func IsPersonalToken(credential string) bool {
	digits, ok := strings.CutPrefix(credential, personalPrefix)
	return ok && len(digits) == randomDigits+checkDigits && checksum(digits[:randomDigits]) == digits[randomDigits:]
}

func personalHash(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }
