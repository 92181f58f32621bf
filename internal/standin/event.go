package standin

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// The two event names of the page "Monitor the rotation of dynamic ECS secrets".
const (
	EventFailure = events.FailureName
	EventSuccess = events.SuccessName
)

// Event is one system event that CloudMonitor would deliver.
type Event struct {
	Time    time.Time // by Options.Now
	Name    string
	Secret  string
	Payload []byte // JSON with the fields of the documented ECS sample of that event, no more and no fewer
}

// failurePayload follows the documented Failure: it has eventTime and no instanceName.
type failurePayload struct {
	Product    string         `json:"product"`
	EventTime  string         `json:"eventTime"`
	Level      string         `json:"level"`
	Name       string         `json:"name"`
	RegionID   string         `json:"regionId"`
	ResourceID string         `json:"resourceId"`
	Status     string         `json:"status"`
	Content    failureContent `json:"content"`
	Version    string         `json:"ver"`
}

type failureContent struct {
	EventID           string      `json:"eventId"`
	SecretName        string      `json:"secretName"`
	SecretType        string      `json:"secretType"`
	RotationEntityARN string      `json:"RotationEntityArn"`
	RotationStatus    string      `json:"rotationStatus"`
	RotationSubType   string      `json:"rotationSubType"`
	FailureInfo       failureInfo `json:"failureInfo"`
	FailureTime       string      `json:"failureTime"`
}

type failureInfo struct {
	ErrorCode    string `json:"errorCode"`
	ErrorMessage string `json:"errorMessage"`
}

// successPayload follows the documented Success: it has instanceName and no eventTime, and names the sub-type otherwise.
type successPayload struct {
	Product      string         `json:"product"`
	InstanceName string         `json:"instanceName"`
	Level        string         `json:"level"`
	Name         string         `json:"name"`
	RegionID     string         `json:"regionId"`
	ResourceID   string         `json:"resourceId"`
	Status       string         `json:"status"`
	Content      successContent `json:"content"`
	Version      string         `json:"ver"`
}

type successContent struct {
	EventID           string `json:"eventId"`
	SecretName        string `json:"secretName"`
	SecretType        string `json:"secretType"`
	RotationEntityARN string `json:"RotationEntityArn"`
	RotationStatus    string `json:"rotationStatus"`
	SecretSubType     string `json:"secretSubType"`
	SuccessTime       string `json:"successTime"`
}

// Events returns the events raised so far and not drained, in order.
func (k *KMS) Events() []Event {
	k.lock()
	defer k.mu.Unlock()
	return slices.Clone(k.events)
}

// DrainEvents returns the events that no DrainEvents returned before.
func (k *KMS) DrainEvents() []Event {
	k.lock()
	defer k.mu.Unlock()
	events := k.events
	k.events = nil
	return events
}

func (k *KMS) raiseFailure(s *secret, f Failure, at time.Time) {
	if f.Code == "" {
		f.Code = "Kms:ErrorCode"
	}
	if f.Message == "" {
		f.Message = "errorMessage"
	}
	k.raise(s.Name, EventFailure, at, failurePayload{
		Product: "KMS", EventTime: cloudMonitorTime(at), Level: "CRITICAL", Name: EventFailure,
		RegionID: k.options.Region, ResourceID: k.arn(s.Name), Status: "Failed", Version: "1.0",
		Content: failureContent{
			EventID: k.nextEventID(), SecretName: s.Name, SecretType: s.Type, RotationEntityARN: k.arn(s.Name),
			RotationStatus: s.AutomaticRotation, RotationSubType: s.SubType,
			FailureInfo: failureInfo{ErrorCode: f.Code, ErrorMessage: f.Message},
			FailureTime: kmsTime(k.stamp(at)),
		},
	})
}

func (k *KMS) raiseSuccess(s *secret, at time.Time) {
	k.raise(s.Name, EventSuccess, at, successPayload{
		Product: "KMS", InstanceName: s.Name, Level: "INFO", Name: EventSuccess,
		RegionID: k.options.Region, ResourceID: k.arn(s.Name), Status: "Normal", Version: "1.0",
		Content: successContent{
			EventID: k.nextEventID(), SecretName: s.Name, SecretType: s.Type, RotationEntityARN: k.arn(s.Name),
			RotationStatus: s.AutomaticRotation, SecretSubType: s.SubType,
			SuccessTime: kmsTime(k.stamp(at)),
		},
	})
}

func (k *KMS) raise(secret, name string, at time.Time, payload any) {
	e := Event{Time: at, Name: name, Secret: secret, Payload: mustMarshal(payload)}
	k.events = append(k.events, e)
	if err := k.remember(e); err != nil {
		panic(err) // one of the two payloads above
	}
}

func (k *KMS) nextEventID() string {
	k.raised++
	return fmt.Sprintf("event-%d", k.raised)
}

// cloudMonitorTime is the basic form of the samples: milliseconds, and an offset without a colon.
func cloudMonitorTime(t time.Time) string {
	return t.In(time.FixedZone("", 8*60*60)).Format("20060102T150405.000-0700")
}

// kmsTime is the form of every time that KMS writes; a zero time is left out by being empty.
func kmsTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// mustMarshal encodes one of this package's own types, which cannot fail.
func mustMarshal(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("encoding %T: %w", v, err))
	}
	return body
}
