package events

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// failureType is what EventBridge's page for KMS calls a failed rotation. Newer pages of other products spell theirs
// without brackets. See https://www.alibabacloud.com/help/en/eventbridge/user-guide/kms-events
const failureType = "kms:CloudMonitor:Secret[RotateSecret:Failure]"

// isCloudEvent recognizes what EventBridge delivers, see https://www.alibabacloud.com/help/en/doc-detail/181428.html
func isCloudEvent(o object) bool {
	return o.has("specversion")
}

// readCloudEvent reads an event of CloudMonitor that came through EventBridge. Its type or the name in its data says so.
// Any other CloudEvent is Foreign: a bus carries much.
func readCloudEvent(o object) (Event, error) {
	kind, err := o.text("type")
	if err != nil {
		return Event{}, err
	}
	if kind == "" {
		return Event{}, o.refuse("type", missing, "the type of a CloudEvent, such as "+failureType)
	}
	if r, found := rotationIn(kind); found {
		return r.readBridged(o)
	}
	data, err := o.object("data")
	if r, found := rotationIn(data.shown("name")); found {
		return r.readBridged(o)
	}
	_, found := rotationIn(string(o.value("data")))
	if err != nil && found || isContentOfFailure(data) {
		return Event{}, o.refuse("type", quoted(kind), "a type such as "+failureType+", as data says")
	}
	return Event{Kind: Foreign, ID: o.shown("id"), Name: o.shown("type")}, nil
}

// isContentOfFailure recognizes content that only the type could name, and did not.
func isContentOfFailure(data object) bool {
	return data.has("secretName") && data.has(failure.timeKey)
}

// readBridged reads data, which is the whole event or its content alone: no document shows which. Either way the
// CloudEvent says something about it too, and both must agree.
func (r rotation) readBridged(o object) (Event, error) {
	if err := o.unique(); err != nil {
		return Event{}, err
	}
	data, err := o.object("data")
	if err != nil {
		return Event{}, err
	}
	if isWhole(data) {
		return r.readWhole(o, data)
	}
	return r.readContent(o, data)
}

// isWhole recognizes a whole event by any member that its content does not have: what it says must be compared.
func isWhole(data object) bool {
	return slices.ContainsFunc([]string{"name", "content", "resourceId", "regionId", "level", "status"}, data.has)
}

// readContent reads content alone. What else an event has is what the CloudEvent says, or its type stands for.
func (r rotation) readContent(o, content object) (Event, error) {
	arn, err := secretOf(o, "subject", "aliyunregionid", "aliyunaccountid")
	if err != nil {
		return Event{}, err
	}
	return r.event(object{field: o.field, members: map[string]json.RawMessage{
		"id":        o.value("id"),
		"name":      textValue(r.name),
		"level":     textValue(r.level),
		"product":   textValue(product),
		"eventtime": timeValue(sentAt(o)),
	}}, content, arn)
}

// readWhole reads a whole event, which has the last word, but may neither contradict the CloudEvent nor be of another
// product than its type.
func (r rotation) readWhole(o, data object) (Event, error) {
	if err := r.agree(o, data); err != nil {
		return Event{}, err
	}
	if !data.has("eventTime") {
		data.members["eventtime"] = timeValue(sentAt(o))
	}
	if !data.has("content") {
		data.members["content"] = o.value("data") // what content says may stand beside the rest
	}
	e, err := r.readFromKMS(data)
	if err != nil {
		return Event{}, err
	}
	if e.Kind != Foreign {
		err = checkAccount(o, "aliyunaccountid", e.Account, "resourceId")
	} else if _, found := rotationIn(o.shown("type")); found {
		err = data.refuse("product", quoted(e.Product), product+", as type says")
	}
	if err != nil {
		return Event{}, err
	}
	return e, nil
}

// agree compares a whole event with its CloudEvent, and takes over what the event does not say.
func (r rotation) agree(o, data object) error {
	name, err := data.text("name")
	if err != nil {
		return err
	}
	if name == "" {
		data.members["name"] = textValue(r.name)
	} else if named, _ := rotationIn(name); named != r {
		return data.refuse("name", quoted(name), r.name+", as type says")
	}
	subject, err := o.text("subject")
	if err != nil {
		return err
	}
	if _, want := parseSecretARN(subject); want != "" {
		subject = "" // no document shows it for these events; what names no secret contradicts none
	}
	region, err := o.text("aliyunregionid")
	if err != nil {
		return err
	}
	for _, both := range []struct{ key, says, by string }{
		{"resourceId", subject, "subject"},
		{"regionId", region, "aliyunregionid"},
	} {
		got, err := data.text(both.key)
		switch {
		case err != nil:
			return err
		case both.says == "":
		case got == "":
			data.members[strings.ToLower(both.key)] = textValue(both.says)
		case got != both.says:
			return data.refuse(both.key, quoted(got), both.says+", as "+both.by+" says")
		}
	}
	return nil
}

// sentAt returns when EventBridge says that it happened, and the zero time where that cannot be read: it is asked for
// only where the event has no time of its own.
func sentAt(o object) time.Time {
	for _, key := range []string{"time", "aliyunpublishtime"} {
		if t, err := o.instant(key); err == nil && !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
