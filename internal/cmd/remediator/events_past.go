package main

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
)

// pastEvent is one event of the history, and what it says.
type pastEvent struct {
	alicloud.SystemEvent

	said []events.Event // empty where it cannot be read
	err  error          // why it cannot be read, or not all of it
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

func pastEventOf(row alicloud.SystemEvent) pastEvent {
	said, err := events.FromHistory(row.HistoryItem)
	return pastEvent{SystemEvent: row, said: said, err: err}
}

// id is CloudMonitor's, or, where it gives none, made from what makes the event another than the others.
func (e pastEvent) id() string {
	if e.ID != "" {
		return e.ID
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{strconv.FormatInt(e.Time.UnixMilli(), 10), e.Name, e.ResourceID, e.Content}, "\n")))
	return hex.EncodeToString(sum[:8])
}

// at is when it came; where the answer does not say it, when it happened.
func (e pastEvent) at() time.Time {
	if e.Time.IsZero() && len(e.said) > 0 {
		return e.said[0].Time.UTC()
	}
	return e.Time.UTC()
}

// secrets are the names of the secrets that it is about.
func (e pastEvent) secrets() []string {
	var names []string
	for _, said := range e.said {
		if said.SecretName != "" && !slices.Contains(names, said.SecretName) {
			names = append(names, said.SecretName)
		}
	}
	if len(names) > 0 {
		return names
	}
	if _, name, found := strings.Cut(e.ResourceID, ":secret/"); found {
		return []string{strings.TrimSpace(name)}
	}
	return nil
}

// concerns says whether it is about this secret, given by name or ARN; "" is any.
func (e pastEvent) concerns(secret string) bool {
	return secret == "" || slices.Contains(e.secrets(), secret) ||
		slices.ContainsFunc(e.said, func(said events.Event) bool { return said.ARN == secret })
}

func (e pastEvent) cause() string {
	for _, said := range e.said {
		if said.Cause != (events.Cause{}) {
			return cmp.Or(said.Cause.Code, said.Cause.Message)
		}
	}
	if e.err != nil {
		return "cannot be read: " + e.err.Error() // which repeats one value at most
	}
	return ""
}

func (e pastEvent) row() eventRow {
	return eventRow{
		ID: e.id(), Time: e.at(), Name: e.Name, Level: e.Level, Region: e.RegionID,
		Secret: strings.Join(e.secrets(), ", "), Status: e.Status, Cause: e.cause(),
	}
}

// oneLine is text from outside on its way to a terminal: one line without control characters, and not endless.
func oneLine(text string, most int) string {
	text = strings.ReplaceAll(printed(text), "\n", " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
