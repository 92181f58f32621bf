package remediation

import (
	"fmt"
	"strings"
	"time"
)

// Reason is why Decide decided as it did. It is a closed set; explain makes the sentence for the person on call.
type Reason string

const (
	SecretGone         Reason = "secret-gone"
	PlannedForDeletion Reason = "planned-for-deletion"
	SwitchedOff        Reason = "switched-off"
	TypeOutOfScope     Reason = "type-out-of-scope"
	RotatedSince       Reason = "rotated-since"
	RecordUnreadable   Reason = "record-unreadable"
	NoEpisode          Reason = "no-episode"
	VersionReplaced    Reason = "version-replaced"
	ReportedBefore     Reason = "told-before"
	Settled            Reason = "settled"
	Settling           Reason = "settling"
	GivenUp            Reason = "given-up"
	SuccessNotSeen     Reason = "success-not-seen"
	NotDue             Reason = "not-due"
	AttemptsSpent      Reason = "attempts-spent"
	Queued             Reason = "queued"
	AttemptDue         Reason = "attempt-due"
)

// Reasons lists every Reason, in the order of the rules.
var Reasons = []Reason{SecretGone, PlannedForDeletion, SwitchedOff, TypeOutOfScope, RotatedSince, RecordUnreadable, NoEpisode,
	VersionReplaced, ReportedBefore, Settled, Settling, GivenUp, SuccessNotSeen, NotDue, AttemptsSpent, Queued, AttemptDue}

// explain says what is known, what will happen next, and what to do.
func explain(d Decision, s State, p Policy) string {
	r := d.Record
	switch d.Reason {
	case SecretGone:
		return "KMS does not know this secret, or it is planned for deletion"
	case PlannedForDeletion:
		return "the secret is planned for deletion at " + printable(s.Secret.PlannedDeleteTime)
	case SwitchedOff:
		return fmt.Sprintf("switched off by a person: tag %s is neither %q nor empty", SwitchTag, "on")
	case TypeOutOfScope:
		return fmt.Sprintf("type %s is not in SECRET_TYPES", printable(s.Secret.Type))
	case RotatedSince:
		return "the secret was rotated since this failure: the current version was created at " + s.Current.CreateTime.UTC().Format(time.RFC3339)
	case RecordUnreadable:
		return fmt.Sprintf("tag %s does not hold a record that this function wrote, so it is left alone: remove the tag, and the next failure is taken up", RecordTag)
	case NoEpisode:
		return "no failed rotation of this secret is open"
	case VersionReplaced:
		return fmt.Sprintf("another version is current, so the failure of the version before is over (after %s of ours)", attempts(d.Closed))
	case ReportedBefore:
		return "another version is current, which was told before"
	case Settled:
		return "another version is current, which was told before and has settled: the record is removed"
	case Settling:
		return "another version is current; the record stays until that has settled"
	case GivenUp:
		return fmt.Sprintf("given up after %s; %s; once it is mended, rotate the secret by hand, or remove tag %s to have it tried again", attempts(r.Attempts), adviceFor(r.Cause), RecordTag)
	case SuccessNotSeen:
		return "KMS reports a success, but the version that was to be replaced is still current"
	case NotDue:
		return fmt.Sprintf("%s of %d made; the next look is due at %s", attempts(r.Attempts), p.MaxAttempts, d.Next.Format(time.RFC3339))
	case AttemptsSpent:
		return fmt.Sprintf("%s made, and the version is still the same; %s; once it is mended, rotate the secret by hand, or remove tag %s to have it tried again", attempts(r.Attempts), adviceFor(r.Cause), RecordTag)
	case Queued:
		return "KMS throttled a rotation in this region a moment ago: queued for the timer"
	case AttemptDue:
		return fmt.Sprintf("attempt %d of %d", r.Attempts, p.MaxAttempts)
	}
	return string(d.Reason)
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

// printable keeps text that came from outside to one short line.
func printable(text string) string {
	const most = 64
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c > 0x7e {
			return '?'
		}
		return c
	}, text)
	return text[:min(len(text), most)]
}
