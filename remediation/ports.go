package remediation

import (
	"context"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// KMS is the slice of Key Management Service that Remediator uses, bound to one region and to the credentials of one
// invocation. A secret is named by its name, never by an ARN: KMS then searches the caller's own account only, so that
// an event can never point a call at another account.
//
// Each method is one call: it tries once, and returns a *CallError when the answer is not a success.
type KMS interface {
	// DescribeSecret reads a secret with its tags (FetchTags=true).
	DescribeSecret(ctx context.Context, name string) (Secret, error)
	// CurrentVersion reads, through ListSecretVersionIds, the version at stage ACSCurrent. That no version has that
	// stage is a CallError of class Transient: a stage can be moved but not removed, so it is a moment, not a state.
	CurrentVersion(ctx context.Context, name string) (Version, error)
	// RotateSecret asks for a rotation to versionID and returns the request id of KMS. A nil error means that KMS
	// accepted it, not that anything was rotated.
	RotateSecret(ctx context.Context, name, versionID string) (requestID string, err error)
	// TagSecret writes one tag, replacing its value.
	TagSecret(ctx context.Context, name, key, value string) error
	// UntagSecret removes one tag; that it is not there is a success.
	UntagSecret(ctx context.Context, name, key string) error
	// ListTagged reads one page of the secrets of the region that carry a tag of this key (ListTagResources). token is
	// Next of the page before, "" for the first.
	ListTagged(ctx context.Context, key, token string) (TagPage, error)
	// ListSecrets reads one page, counted from 1, of the secrets of the region. size is 1 to 100.
	ListSecrets(ctx context.Context, page, size int) (SecretPage, error)
}

// Secret is what DescribeSecret says of a secret, as far as a decision needs it.
type Secret struct {
	ARN               string
	Name              string
	Type              string            // SecretType: ECS, Rds, RAMCredentials, Generic, ...
	AutomaticRotation string            // Enabled, Disabled or Invalid; empty for a secret that KMS never rotates
	PlannedDeleteTime string            // set while the secret is in its deletion window
	InstanceID        string            // what the secret is for, by ExtendedConfig: an ECS instance, or another type's id; "" where it names none
	Tags              map[string]string // nil without tags

	// KMS's clock, zero where they are missing. Documents disagree whether NextRotation is given while AutomaticRotation is
	// Invalid, and none says whether a rotation that failed moves LastRotation, so it proves nothing.
	NextRotation, LastRotation time.Time
	RotationInterval           time.Duration // of the schedule; 0 without one
}

// SecretPage is one page of ListSecrets. Total counts the secrets of all pages.
type SecretPage struct {
	Secrets []ListedSecret
	Total   int
}

// ListedSecret is what ListSecrets says of a secret, as far as it spares an observation. Type is "" where it is not given.
type ListedSecret struct {
	Name string
	Type string
}

// TagPage is one page of ListTagged. Next is "" on the last.
type TagPage struct {
	Tagged []Tagged
	Next   string
}

// Tagged is one secret, by its name, and the value that its tag has.
type Tagged struct {
	Secret string
	Value  string
}

// Version is one version of a secret. CreateTime is KMS's clock, in whole seconds.
type Version struct {
	ID         string
	CreateTime time.Time
}

// CloudMonitor is the slice of CloudMonitor that a tick uses, bound to one region and to the credentials of one
// invocation. Its errors are *CallError.
type CloudMonitor interface {
	// RotationEvents reads one page, counted from 1, of the events of KMS with this name (DescribeSystemEventAttribute).
	RotationEvents(ctx context.Context, name string, from, to time.Time, page int) (HistoryPage, error)
}

// HistoryPage is one page of CloudMonitor's history. No document says in which order events come.
type HistoryPage struct {
	Events     []events.Event
	Unreadable int  // events of that name that could not be read
	More       bool // the page was full, so there may be another
}
