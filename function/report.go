package main

import (
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	triggerEvent = "event"
	triggerTimer = "timer"
)

// report is the return value of an invocation. README documents it; its fields are part of the contract.
type report struct {
	RequestID string         `json:"requestId,omitempty"`
	Version   string         `json:"version"`
	Mode      mode           `json:"mode"`
	Trigger   string         `json:"trigger"`
	Results   []result       `json:"results"`
	Counts    map[string]int `json:"counts,omitempty"` // what is not listed, by outcome; of a tick also what was left
	Notes     []string       `json:"notes,omitempty"`  // what a person should know of the invocation itself
}

type result struct {
	Outcome           remediation.Outcome `json:"outcome"`
	Reason            string              `json:"reason"`
	Secret            string              `json:"secret,omitempty"`
	Event             *eventInfo          `json:"event,omitempty"`
	Attempt           int                 `json:"attempt,omitempty"`
	MaxAttempts       int                 `json:"maxAttempts,omitempty"`
	VersionID         string              `json:"versionId,omitempty"`
	AutomaticRotation string              `json:"automaticRotation,omitempty"`
	KMSRequestID      string              `json:"kmsRequestId,omitempty"`
	NextAttempt       time.Time           `json:"nextAttempt,omitzero"`
	ElapsedMS         int64               `json:"elapsedMs"`

	news      bool   // to be reported as a custom event
	errorType string // of the invocation, if this result fails it
}

type eventInfo struct {
	ID    string    `json:"id,omitempty"`
	Name  string    `json:"name,omitempty"`
	Level string    `json:"level,omitempty"`
	Time  time.Time `json:"time,omitzero"`
}

func resultOf(r remediation.Result) result {
	errorType := ""
	if r.Failed() {
		errorType = string(r.Outcome)
	}
	return result{
		Outcome:           r.Outcome,
		Reason:            r.Reason,
		Secret:            r.Secret,
		Event:             infoOf(r.Event),
		Attempt:           r.Attempt,
		MaxAttempts:       r.MaxAttempts,
		VersionID:         r.VersionID,
		AutomaticRotation: r.AutomaticRotation,
		KMSRequestID:      r.KMSRequestID,
		NextAttempt:       r.NextAttempt,
		ElapsedMS:         r.Elapsed.Milliseconds(),
		news:              r.Notify,
		errorType:         errorType,
	}
}

func infoOf(e events.Event) *eventInfo {
	info := eventInfo{ID: e.ID, Name: e.Name, Level: e.Level, Time: e.Time.UTC()}
	if e.Time.IsZero() {
		info.Time = time.Time{}
	}
	if info == (eventInfo{}) {
		return nil
	}
	return &info
}
