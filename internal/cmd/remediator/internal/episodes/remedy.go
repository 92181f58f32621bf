package episodes

import (
	"strings"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// The values of AutomaticRotation of a schedule that does not run.
const (
	Invalid  = "Invalid"
	Disabled = "Disabled"
)

// Remedy is a command that repairs, ready to paste. Its fields are what -o json prints.
type Remedy struct {
	When    string `json:"when"`
	Command string `json:"command"`
}

func (r Remedy) String() string { return r.When + ": " + r.Command }

// Text joins remedies in the order in which they are due.
func Text(remedies []Remedy) string {
	texts := make([]string, 0, len(remedies))
	for _, r := range remedies {
		texts = append(texts, r.String())
	}
	return strings.Join(texts, "; ")
}

// TryAgain has the function try a secret again.
func TryAgain(region, secret string) Remedy {
	return Remedy{"once the cause is repaired", remediation.RetryCommand(region, secret)}
}

// RotateByHand rotates a secret under an id that is new each second.
func RotateByHand(region, secret string) Remedy {
	return Remedy{"to rotate it by hand", remediation.RotateCommand(region, secret)}
}

// RemoveRecord removes a tag that holds no record.
func RemoveRecord(region, secret string) Remedy {
	return Remedy{"to begin anew", remediation.UntagCommand(region, secret)}
}

// EnableSchedule switches the schedule of a secret on again. Before the rotation it would be one more.
func EnableSchedule(region string, secret remediation.Secret) Remedy {
	return Remedy{
		"after the secret is rotated, and not before, since enabling a schedule whose date has passed starts a rotation at once",
		remediation.EnableCommand(region, secret),
	}
}
