package events

import (
	"slices"
	"strings"
)

// failureType is what EventBridge's page for KMS calls a failed rotation. Newer pages of other products spell theirs
// without brackets. See https://www.alibabacloud.com/help/en/eventbridge/user-guide/kms-events
const failureType = "kms:CloudMonitor:Secret[RotateSecret:Failure]"

// decodeCloudEvent decodes an event of CloudMonitor that came through EventBridge: its type or the name in its data says
// so. Any other CloudEvent is Foreign: a bus carries much. See https://www.alibabacloud.com/help/en/doc-detail/181428.html
func decodeCloudEvent(o object) (Event, error) {
	kind := o.member("type")
	if kind.err != nil {
		return Event{}, kind.err
	}
	if kind.text == "" {
		return Event{}, kind.reject(missing, "the type of a CloudEvent, such as "+failureType)
	}
	data, err := o.object("data")
	r, typed := rotationIn(kind.text)
	if !typed {
		named, found := rotationIn(data.member("name").text)
		if !found {
			return foreignCloudEvent(o, data, err)
		}
		r = named
	}
	if repeated := o.rejectDuplicates(); repeated != nil {
		return Event{}, repeated
	}
	if err != nil {
		return Event{}, err
	}
	if !isWhole(data) {
		return contentAlone(o, data, r).event(r)
	}
	a := wholeEvent(o, data, r)
	switch {
	case a.product.err != nil:
		return Event{}, a.product.err
	case a.mayBeKMS():
		return a.event(r)
	case typed:
		return Event{}, a.product.reject(quoted(a.product.text), product+", as type says")
	}
	return a.foreign(data)
}

// isWhole recognizes a whole event by any member that its content does not have: what it says must be compared. No
// document shows whether data is the whole event or its content alone.
func isWhole(data object) bool {
	return slices.ContainsFunc([]string{"name", "content", "resourceId", "regionId", "level", "status"}, data.has)
}

// contentAlone takes what else an event has from the CloudEvent, or from its type.
func contentAlone(o, content object, r rotation) alert {
	return alert{
		id: o.member("id").text, name: field{text: r.name}, product: field{text: product}, levels: [3]field{{text: r.level}},
		resource: o.member("subject"), region: o.member("aliyunregionid"), accounts: [3]field{o.member("aliyunaccountid")},
		sent: sentAt(o), content: content,
	}
}

// wholeEvent takes from the CloudEvent only what the event does not say. The two must not contradict each other.
func wholeEvent(o, data object, r rotation) alert {
	a := alertOf(data)
	if named, _ := rotationIn(a.name.text); a.err == nil && a.name.err != nil {
		a.err = a.name.err
	} else if a.err == nil && a.name.text != "" && named != r {
		a.err = a.name.reject(quoted(a.name.text), r.name+", as type says")
	}
	subject := o.member("subject")
	if _, want := parseSecretARN(subject.text); subject.err == nil && want != "" {
		subject.text = "" // no document shows it for these events; what names no secret contradicts none
	}
	a.resource, a.region = a.resource.agree(subject), a.region.agree(o.member("aliyunregionid"))
	a.accounts[1] = o.member("aliyunaccountid")
	if !data.has("eventTime") {
		a.sent = sentAt(o)
	}
	if !data.has("content") {
		a.content = data // its members may be beside the rest
	}
	return a
}

// sentAt returns when EventBridge says that it happened; one that is no time counts as missing.
func sentAt(o object) field {
	for _, key := range []string{"time", "aliyunpublishtime"} {
		if f := o.member(key); f.text != "" {
			if _, err := f.time(); err == nil {
				return f
			}
		}
	}
	return field{}
}

// foreignCloudEvent ignores a CloudEvent, unless a failure would be lost with it.
func foreignCloudEvent(o, data object, notObject error) (Event, error) {
	kind := o.member("type")
	if !isAPIRecord(o) {
		m, found := o.find("data")
		_, named := rotationIn(string(m.value))
		content, _ := data.object("content")
		failed := data.has(failure.timeKey) && (data.has("secretName") || ofKMS(o)) || content.has(failure.timeKey) && ofKMS(o)
		if failed || notObject != nil && named || found && holdsRotation(m, maxEnvelopes) {
			return Event{}, kind.reject(quoted(kind.text), "a type such as "+failureType+", as data says")
		}
	}
	return Event{Kind: Foreign, ID: display(o.member("id").text), Name: displayName(kind.text)}, nil
}

// ofKMS reports whether source or type of a CloudEvent name KMS.
func ofKMS(o object) bool {
	of, _, _ := strings.Cut(o.member("type").text, ":")
	return isKMS(of) || isKMS(o.member("source").text)
}
