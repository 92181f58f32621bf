package events

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// isCloudEvent recognizes what EventBridge delivers, see https://www.alibabacloud.com/help/en/doc-detail/181428.html
func isCloudEvent(o object) bool {
	return o.has("specversion")
}

// readCloudEvent reads an event of CloudMonitor that came through EventBridge. Any other CloudEvent is Foreign: a bus
// carries much.
func readCloudEvent(o object) (Event, error) {
	kind, err := o.text("type")
	if err != nil {
		return Event{}, err
	}
	if kind == "" {
		return Event{}, o.refuse("type", missing, "the type of a CloudEvent, such as "+failure.types()[0])
	}
	for _, r := range []rotation{failure, success} {
		if slices.ContainsFunc(r.types(), func(known string) bool { return strings.EqualFold(kind, known) }) {
			return r.readBridged(o)
		}
	}
	return Event{Kind: Foreign, ID: o.shown("id"), Name: o.shown("type")}, nil
}

// types are what EventBridge may call the event. Its page for KMS has the first, kms:CloudMonitor:A[B:C] for A:B:C; newer
// pages of other products spell theirs like the second. See https://www.alibabacloud.com/help/en/eventbridge/user-guide/kms-events
func (r rotation) types() []string {
	subject, operation, _ := strings.Cut(r.name, ":")
	return []string{"kms:CloudMonitor:" + subject + "[" + operation + "]", "kms:" + r.name}
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
	if data.has("name") || data.has("content") {
		return r.readWhole(o, data)
	}
	return r.readContent(o, data)
}

// readContent reads content alone. What else an event has is what the CloudEvent says, or its type stands for.
func (r rotation) readContent(o, content object) (Event, error) {
	arn, err := secretOf(o, "subject", "aliyunregionid")
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
	e, err := r.readFromKMS(data)
	if err == nil && e.Kind == Foreign {
		return Event{}, data.refuse("product", quoted(e.Product), product+", as type says")
	}
	return e, err
}

// agree compares a whole event with its CloudEvent, and takes over what the event does not say.
func (r rotation) agree(o, data object) error {
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
		{"name", r.name, "type"},
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
		case got != both.says && !(both.key == "name" && strings.EqualFold(got, both.says)):
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
