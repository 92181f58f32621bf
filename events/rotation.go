package events

import (
	"cmp"
	"strings"
	"time"
)

// rotation is how an event about a rotation looks.
type rotation struct {
	kind    Kind
	name    string
	word    string // in every spelling of the name, once reduced to its letters
	level   string // may be missing, but not differ
	status  string // may be missing or unknown, but not that of the other kind
	timeKey string // where the content holds the time, by KMS's clock
}

// The two events that KMS raises for a rotation.
const (
	FailureName = "Secret:RotateSecret:Failure"
	SuccessName = "Secret:RotateSecret:Success"
)

// product is that of both, as sent.
const product = "KMS"

// Both, as documented.
var (
	failure = rotation{kind: Failure, name: FailureName, word: "rotatesecretfailure", level: "CRITICAL", status: "Failed", timeKey: "failureTime"}
	success = rotation{kind: Success, name: SuccessName, word: "rotatesecretsuccess", level: "INFO", status: "Normal", timeKey: "successTime"}
)

// opposite returns the other one: what it holds must not stand in an event of this kind.
func (r rotation) opposite() rotation {
	if r.kind == Failure {
		return success
	}
	return failure
}

// isNamed recognizes an event of CloudMonitor as event rules deliver it: the name stands at the top.
func isNamed(o object) bool {
	return o.has("name")
}

// readNamed reads an event of CloudMonitor. What is not about a rotation is Foreign, however odd the rest of it is: an
// error would have the platform send it again and again.
func readNamed(o object) (Event, error) {
	name, err := o.text("name")
	if err != nil {
		return Event{}, err
	}
	if name == "" {
		return Event{}, o.refuse("name", missing, eventForm+", such as "+failure.name)
	}
	if r, found := rotationIn(name); found {
		return r.readFromKMS(o)
	}
	return readForeign(o), nil
}

func readForeign(o object) Event {
	return Event{Kind: Foreign, ID: o.shown("id"), Name: o.shown("name"), Level: o.shown("level"), Product: o.shown("product")}
}

// readFromKMS leaves the events of other products out. A missing product is none: the name says enough.
func (r rotation) readFromKMS(o object) (Event, error) {
	of, err := o.text("product")
	if err != nil {
		return Event{}, err
	}
	if of != "" && !isKMS(of) {
		return readForeign(o), nil
	}
	return r.read(o)
}

// read reads an event about a rotation, and refuses one that contradicts itself.
func (r rotation) read(o object) (Event, error) {
	if err := o.unique(); err != nil {
		return Event{}, err
	}
	if err := r.checkResult(o); err != nil {
		return Event{}, err
	}
	arn, err := secretOf(o, "resourceId", "regionId", "userId")
	if err != nil {
		return Event{}, err
	}
	content, err := o.object("content")
	if err != nil {
		return Event{}, err
	}
	return r.event(o, content, arn)
}

// event puts together what an event, its content and its resource say.
func (r rotation) event(o, content object, arn secretARN) (Event, error) {
	if err := content.unique(); err != nil {
		return Event{}, err
	}
	when, fromEventTime, err := r.timeOf(o, content)
	if err != nil {
		return Event{}, err
	}
	return Event{
		Kind:              r.kind,
		ID:                cmp.Or(content.shown("eventId"), o.shown("id")),
		Name:              o.shown("name"),
		Level:             o.shown("level"),
		Product:           o.shown("product"),
		Region:            arn.region,
		Account:           arn.account,
		ARN:               arn.whole,
		SecretName:        arn.name,
		ContentName:       otherThan(arn.name, content.shown("secretName")),
		SecretType:        content.shown("secretType"),
		SubType:           cmp.Or(content.shown("rotationSubType"), content.shown("secretSubType")),
		RotationStatus:    content.shown("rotationStatus"),
		Time:              when,
		TimeFromEventTime: fromEventTime,
		Cause:             causeOf(content),
	}, nil
}

// checkResult compares what the name says about the result with what level and status say.
func (r rotation) checkResult(o object) error {
	level, err := o.text("level")
	if err != nil {
		return err
	}
	if level != "" && !strings.EqualFold(level, r.level) {
		return o.refuse("level", quoted(level), r.level+" with "+r.name)
	}
	if status := o.shown("status"); strings.EqualFold(status, r.opposite().status) {
		return o.refuse("status", quoted(status), r.status+" with "+r.name)
	}
	return nil
}

// secretOf reads which secret the event is about, and compares the members that name its region and its account.
func secretOf(o object, resourceKey, regionKey, accountKey string) (secretARN, error) {
	resource, err := o.text(resourceKey)
	if err != nil {
		return secretARN{}, err
	}
	arn, want := parseSecretARN(resource)
	if want != "" {
		return secretARN{}, o.refuse(resourceKey, orMissing(resource), want)
	}
	region, err := o.text(regionKey)
	if err != nil {
		return secretARN{}, err
	}
	if region != arn.region {
		return secretARN{}, o.refuse(regionKey, orMissing(region), arn.region+", the region of "+resourceKey)
	}
	return arn, checkAccount(o, accountKey, arn.account, resourceKey)
}

// checkAccount compares a member that names an account with that of the secret. A missing one contradicts nothing, and
// a masked one, as in the vendor's samples, cannot be compared.
func checkAccount(o object, key, account, resourceKey string) error {
	got := o.shown(key)
	if got == "" || got == account || strings.Contains(got+account, "*") {
		return nil
	}
	return o.refuse(key, quoted(got), account+", the account of "+resourceKey)
}

// timeOf returns when it happened, by KMS's clock if the content says it, else by eventTime. A Success does without: it
// never starts a rotation, so its age decides nothing.
func (r rotation) timeOf(o, content object) (when time.Time, fromEventTime bool, err error) {
	own, err := content.instant(r.timeKey)
	if err != nil {
		return time.Time{}, false, err
	}
	if other := r.opposite().timeKey; own.IsZero() && content.has(other) {
		return time.Time{}, false, content.refuse(other, "there without "+r.timeKey, r.timeKey+" with "+r.name)
	}
	sent, err := o.instant("eventTime")
	switch {
	case err != nil:
		return time.Time{}, false, err
	case !own.IsZero():
		return own, false, nil
	case sent.IsZero() && r.kind == Failure:
		return time.Time{}, false, content.refuse(r.timeKey, missing, "a time, here or in eventTime, with "+r.name)
	}
	return sent, !sent.IsZero(), nil
}

// otherThan returns s if it is something else than known.
func otherThan(known, s string) string {
	if s == known {
		return ""
	}
	return s
}
