package remediation

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Reason is why Decide decided as it did. It is a closed set; explain makes the sentence for the person on call, who is
// read it at 3 a.m.: what happened; then what happens next; then what to do.
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
	ReportedBefore     Reason = "reported-before"
	Settled            Reason = "settled"
	Settling           Reason = "settling"
	GivenUp            Reason = "given-up"
	SuccessNotSeen     Reason = "success-not-seen"
	NotDue             Reason = "not-due"
	AttemptsSpent      Reason = "attempts-spent"
	AskedRecently      Reason = "asked-recently"
	Queued             Reason = "queued"
	BudgetSpent        Reason = "budget-spent"
	AttemptDue         Reason = "attempt-due"
)

// Reasons lists every Reason, in the order of the rules.
var Reasons = []Reason{SecretGone, PlannedForDeletion, SwitchedOff, TypeOutOfScope, RotatedSince, RecordUnreadable, NoEpisode,
	VersionReplaced, ReportedBefore, Settled, Settling, GivenUp, SuccessNotSeen, NotDue, AttemptsSpent, AskedRecently, Queued,
	BudgetSpent, AttemptDue}

// explain makes the sentence of a Decision: what happened, and the remedy where a person is needed. The attempt that is due
// has no end yet: its answer follows the colon.
func explain(d Decision, target Target, s State, p Policy) (happened, remedy string) {
	switch d.Reason {
	case RecordUnreadable:
		return "", fmt.Sprintf("tag %s holds no record that this function wrote, so nothing is rotated; remove it, and the failure is retried once it is seen again: %s",
			RecordTag, UntagCommand(target.Region, target.Name))
	case GivenUp, AttemptsSpent:
		return "", attempts(d.Record.Attempts) + " failed, " + remedyFor(d.Record.Cause, target, s.Secret)
	}
	return explainEpisode(d, s, p), ""
}

// explainEpisode makes the sentence of a Decision that needs no person.
func explainEpisode(d Decision, s State, p Policy) string {
	if text := explainSkip(d.Reason, s); text != "" {
		return text
	}
	switch d.Reason {
	case RotatedSince:
		return "the secret was rotated since this failure: the current version was created at " + stamp(s.Current.CreateTime)
	case NoEpisode:
		return "no failed rotation of this secret is open"
	case VersionReplaced:
		return fmt.Sprintf("another version is current, so the failed rotation is over, after %s of ours", attempts(d.Closed))
	case ReportedBefore:
		return "another version is current, as reported before"
	case Settled:
		return "another version has been current for RETRY_BACKOFF_MAX, so it has settled: the record is removed"
	case Settling:
		return "another version is current, as reported before; its record stays until it has settled, at " + stamp(d.Record.Due) + " or later"
	case SuccessNotSeen:
		return "KMS reports a success, but the version that failed is still current; the next reconcile is due at " + stamp(d.Next)
	}
	return explainWait(d, s, p)
}

// explainSkip makes the sentence of rule 1, "" for any other.
func explainSkip(reason Reason, s State) string {
	switch reason {
	case SecretGone:
		return "KMS does not know this secret, or it is planned for deletion: nothing is rotated"
	case PlannedForDeletion:
		return "the secret is planned for deletion at " + shownTime(s.Secret.PlannedDeleteTime) + ": nothing is rotated"
	case SwitchedOff:
		return fmt.Sprintf("switched off by a person: tag %s is neither %q nor empty, and nothing is rotated until it is set to on or removed", SwitchTag, "on")
	case TypeOutOfScope:
		return fmt.Sprintf("type %s is not in SECRET_TYPES: nothing is rotated", clean(s.Secret.Type))
	}
	return ""
}

// explainWait makes the sentence of a Decision about the next attempt.
func explainWait(d Decision, s State, p Policy) string {
	r := d.Record
	switch d.Reason {
	case NotDue:
		switch {
		case r.Attempts == 0:
			return "no attempt was made yet; the first is due at " + stamp(d.Next)
		case attemptsSpent(r, p):
			return fmt.Sprintf("attempt %d of %d was the last; unless its version is current at %s, a person is needed", r.Attempts, p.MaxAttempts, stamp(d.Next))
		}
		return fmt.Sprintf("attempt %d of %d was made; the next is due at %s", r.Attempts, p.MaxAttempts, stamp(d.Next))
	case AskedRecently:
		return fmt.Sprintf("KMS was asked at %s to rotate this secret, but the record on it does not say so; the next attempt is due at %s; tag %s was removed or written back: exclude it from the tool that manages the tags",
			stamp(s.LastRequest), stamp(d.Next), RecordTag)
	case Queued:
		return "KMS throttled a rotation in this region less than RETRY_BACKOFF ago, so this one is queued: the timer makes the attempt"
	case BudgetSpent:
		return "this tick has spent its part of ROTATIONS_PER_HOUR, so this one is queued: a later tick makes the attempt"
	case AttemptDue:
		return fmt.Sprintf("attempt %d of %d:", r.Attempts, p.MaxAttempts)
	}
	return string(d.Reason)
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// shownTime prints a time that KMS gave as text.
func shownTime(text string) string {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return stamp(t)
	}
	return clean(text)
}

// inWords says what came of a call.
func inWords(err error) string {
	if call, ok := errors.AsType[*CallError](err); ok {
		return call.Error()
	}
	return err.Error()
}

func classInWords(call *CallError) string {
	switch call.Class {
	case Throttled:
		return "was throttled"
	case Limit:
		return "was refused for a limit"
	case Busy:
		return "was refused, since a rotation is running"
	case Gone:
		return "found no such secret"
	case Account:
		return "was refused to this caller or account"
	case SecretBlocked:
		return "was refused for the state of the secret or its key"
	case Expired:
		return "was refused, since the credentials are missing or have expired"
	case StaleSignature:
		return "was refused for its time stamp"
	case NotSent:
		return "could not be sent"
	case Transient:
		if call.Status >= 500 {
			return "failed on the side of the service"
		}
		return "got no answer that can be read"
	}
	return "was refused"
}

func detailsOf(call *CallError) string {
	var parts []string
	if call.Network != "" {
		parts = append(parts, call.Network)
	}
	if call.Status != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("HTTP %d %s", call.Status, call.Code)))
	}
	if call.Unreadable != "" {
		parts = append(parts, "unreadable "+call.Unreadable)
	}
	if call.RequestID != "" {
		parts = append(parts, "request "+call.RequestID)
	}
	return strings.Join(parts, ", ")
}

// clean keeps text that came from outside to one short line in which nothing forges a field or markup.
func clean(text string) string {
	const most = 64
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c > 0x7e || strings.ContainsRune(",:<>", c) {
			return '?'
		}
		return c
	}, text)
	return text[:min(len(text), most)]
}
