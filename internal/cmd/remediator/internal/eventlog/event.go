package eventlog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// Event is one event of the history, and what it says.
type Event struct {
	alicloud.SystemEvent

	Decoded []events.Event // empty where it cannot be read
	Err     error          // why it cannot be read, or not all of it
}

// eventRow is an event as it is listed. Its fields are what -o json prints.
type eventRow struct {
	ID     string    `json:"id"`
	Time   time.Time `json:"time,omitzero"`
	Name   string    `json:"name"`
	Level  string    `json:"level,omitempty"`
	Region string    `json:"region,omitempty"`
	Secret string    `json:"secret,omitempty"`
	Status string    `json:"status,omitempty"`
	Cause  string    `json:"cause,omitempty"`
}

func Of(row alicloud.SystemEvent) Event {
	said, err := events.FromHistory(row.HistoryItem)
	return Event{SystemEvent: row, Decoded: said, Err: err}
}

// EventID is the id that the log of the function shows for it; else CloudMonitor's; where neither is there, its key.
func (e Event) EventID() string {
	if len(e.Decoded) == 1 && e.Decoded[0].ID != "" {
		return e.Decoded[0].ID
	}
	return cmp.Or(e.ID, e.key())
}

// key is made of the fields that distinguish events: no document says that an id does.
func (e Event) key() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{strconv.FormatInt(e.Time.UnixMilli(), 10), e.Name, e.ResourceID, e.Content}, "\n")))
	return hex.EncodeToString(sum[:8])
}

// At is when it came; where the answer does not say it, when it happened.
func (e Event) At() time.Time {
	if e.Time.IsZero() && len(e.Decoded) > 0 {
		return e.Decoded[0].Time.UTC()
	}
	return e.Time.UTC()
}

// SecretsOf names each secret that some events are about, once.
func SecretsOf(all []events.Event) []string {
	var names []string
	for _, e := range all {
		if e.SecretName != "" && !slices.Contains(names, e.SecretName) {
			names = append(names, e.SecretName)
		}
	}
	return names
}

// secrets are the names of the secrets that it is about.
func (e Event) secrets() []string {
	names := SecretsOf(e.Decoded)
	if _, name, found := strings.Cut(e.ResourceID, ":secret/"); found && len(names) == 0 {
		return []string{strings.TrimSpace(name)}
	}
	return names
}

// Concerns says whether it is about this secret, given by ARN, by name, or by what follows acs/ecs/ in it; "" is any.
func (e Event) Concerns(secret string) bool {
	names := e.secrets()
	return secret == "" || slices.Contains(names, secret) || slices.Contains(names, cli.ECSPrefix+secret) ||
		slices.ContainsFunc(e.Decoded, func(decoded events.Event) bool { return decoded.ARN == secret })
}

func (e Event) cause() string {
	for _, said := range e.Decoded {
		if said.Cause != (events.Cause{}) {
			return cmp.Or(said.Cause.Code, said.Cause.Message)
		}
	}
	if e.Err != nil {
		return "cannot be read: " + e.Err.Error() // which repeats one value at most
	}
	return ""
}

func (e Event) row() eventRow {
	return eventRow{
		ID: e.EventID(), Time: e.At(), Name: e.Name, Level: e.Level, Region: e.RegionID,
		Secret: strings.Join(e.secrets(), ", "), Status: e.Status, Cause: e.cause(),
	}
}
