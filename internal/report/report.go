package report

import (
	"cmp"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// CustomEventName is that of all custom events, so that one rule of CloudMonitor can send them to people.
const CustomEventName = "RotationRemediation"

// Trigger says why the function was invoked.
type Trigger string

const (
	OnEvent Trigger = "event"
	OnTimer Trigger = "timer"
)

// Panic is the errorType of an invocation that panicked; of others it is the outcome that failed.
const Panic = "panic"

// Report is the return value of an invocation.
type Report struct {
	RequestID string         `json:"requestId,omitempty"`
	Version   string         `json:"version"`
	Mode      config.Mode    `json:"mode"`
	Trigger   Trigger        `json:"trigger"`
	Results   []Result       `json:"results"`
	Counts    map[string]int `json:"counts,omitempty"` // results that are not listed, by outcome; of a tick also Left
	Notes     []string       `json:"notes,omitempty"`  // what a person should know of the invocation itself

	ErrorType string `json:"-"` // of an invocation that failed, else ""
}

// Fail fails the invocation with the first errorType that is not empty.
func (r *Report) Fail(errorType string) { r.ErrorType = cmp.Or(r.ErrorType, errorType) }

// Left is the name in Counts of what is due and unreached.
const Left = "left"

// Result is what came of one event, or of one secret in a tick.
type Result struct {
	Outcome           remediation.Outcome `json:"outcome"`
	Reason            string              `json:"reason"`
	Secret            string              `json:"secret,omitempty"`
	InstanceID        string              `json:"instanceId,omitempty"`
	Event             *Event              `json:"event,omitempty"`
	Attempt           int                 `json:"attempt,omitempty"`
	MaxAttempts       int                 `json:"maxAttempts,omitempty"`
	VersionID         string              `json:"versionId,omitempty"`
	AutomaticRotation string              `json:"automaticRotation,omitempty"`
	KMSRequestID      string              `json:"kmsRequestId,omitempty"`
	NextAttempt       time.Time           `json:"nextAttempt,omitzero"`
	ElapsedMS         int64               `json:"elapsedMs"`

	Notify    bool   `json:"-"` // to be sent to people as a custom event
	ErrorType string `json:"-"` // of the invocation, if this result fails it
}

// Event names what CloudMonitor said.
type Event struct {
	ID    string    `json:"id,omitempty"`
	Name  string    `json:"name,omitempty"`
	Level string    `json:"level,omitempty"`
	Time  time.Time `json:"time,omitzero"`
}

// ResultOf words one result for the report.
func ResultOf(r remediation.Result) Result {
	errorType := ""
	if r.Failed() {
		errorType = string(r.Outcome)
	}
	return Result{
		Outcome:           r.Outcome,
		Reason:            r.Reason,
		Secret:            r.Secret,
		InstanceID:        r.InstanceID,
		Event:             EventOf(r.Event),
		Attempt:           r.Attempt,
		MaxAttempts:       r.MaxAttempts,
		VersionID:         r.Rotation.VersionID,
		AutomaticRotation: r.AutomaticRotation,
		KMSRequestID:      r.Rotation.RequestID,
		NextAttempt:       r.NextAttempt,
		ElapsedMS:         r.Elapsed.Milliseconds(),
		Notify:            r.Notify,
		ErrorType:         errorType,
	}
}

// EventOf returns nil for an event of which nothing is known.
func EventOf(e events.Event) *Event {
	event := Event{ID: e.ID, Name: e.Name, Level: e.Level}
	if !e.Time.IsZero() {
		event.Time = e.Time.UTC()
	}
	if event == (Event{}) {
		return nil
	}
	return &event
}
