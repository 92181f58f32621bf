package main

import (
	"encoding/json"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	triggerEvent = "event"
	triggerTimer = "timer"
	// errorPanic is the errorType of an invocation that panicked; else it is the outcome that failed.
	errorPanic = "panic"
)

// report is the return value of an invocation. README documents it; its fields are part of the contract.
type report struct {
	RequestID string         `json:"requestId,omitempty"`
	Mode      mode           `json:"mode"`
	Trigger   string         `json:"trigger"`
	Results   []result       `json:"results"`
	Counts    map[string]int `json:"counts,omitempty"` // of a tick: what is not listed, by outcome, and what was left
	Notes     []string       `json:"notes,omitempty"`  // of a tick: what a person should know of the tick itself
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
}

type eventInfo struct {
	ID    string    `json:"id,omitempty"`
	Name  string    `json:"name,omitempty"`
	Level string    `json:"level,omitempty"`
	Time  time.Time `json:"time,omitzero"`
}

func resultOf(r remediation.Result) result {
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

// tell writes one log line for each result and returns what the runtime reports. failure is the errorType of an
// invocation that fails, "" of one that succeeds; the error then carries the same report.
func (h *handler) tell(r report, failure string) (report, error) {
	for _, one := range r.Results {
		h.log.write(r, one, failure != "")
	}
	if r.Trigger == triggerTimer {
		h.log.summarize(r, failure != "")
		r.cut()
	}
	if failure == "" {
		return r, nil
	}
	message, err := json.Marshal(r)
	if err != nil {
		return report{}, err
	}
	// Only the value of this type keeps its Type; a pointer or a wrapped one would be printed as Go syntax.
	return report{}, messages.InvokeResponse_Error{Message: string(message), Type: failure}
}
