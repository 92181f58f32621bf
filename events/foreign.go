package events

import (
	"encoding/json"
	"slices"
	"strings"
)

// foreign returns an event that is not about a rotation of KMS, which is ignored; unless a failure would be lost with it.
func (a alert) foreign(o object) (Event, error) {
	if !isAPIRecord(o) {
		if _, found := rotationIn(a.name.text); !found && a.isUnknownFailure(o) {
			return Event{}, a.name.reject(quoted(a.name.text), FailureName+", as "+failure.timeKey+" says")
		}
		if isRotationEvent(o) || slices.ContainsFunc(o.members, func(m member) bool { return holdsRotation(m, maxEnvelopes) }) {
			return Event{}, a.name.reject(quoted(a.name.text), "a form that is known: a member holds an event about a rotation")
		}
	}
	return a.ignored(), nil
}

func (a alert) ignored() Event {
	return Event{Kind: Foreign, ID: display(a.id), Name: displayName(a.name.text), Level: display(a.level()), Product: display(a.product.text)}
}

// isUnknownFailure recognizes a failed rotation of KMS under an undocumented name, such as a translated one.
func (a alert) isUnknownFailure(o object) bool {
	return a.mayBeKMS() && (a.content.has(failure.timeKey) || o.has(failure.timeKey))
}

// isAPIRecord recognizes the record of an API call. It may repeat an event that somebody sent by that call.
func isAPIRecord(o object) bool {
	return o.has("requestParameters") || strings.Contains(lettersOf(o.member("type").text+" "+o.member("name").text), "actiontrail")
}

// holdsRotation reports whether a member holds an event about a rotation, at any depth, in text or base64.
func holdsRotation(m member, texts int) bool {
	text := m.value
	if m.isText() {
		text = decodeText(m.text())
		if texts--; texts < 0 || !startsJSON(text) || !json.Valid(text) {
			return false
		}
		if _, depth := endOfValue(text); depth > maxDepth {
			return false
		}
	}
	switch text[0] {
	case '{':
		o := split("", text, MaxPayload)
		return isRotationEvent(o) ||
			!isAPIRecord(o) && slices.ContainsFunc(o.members, func(m member) bool { return holdsRotation(m, texts) })
	case '[':
		for _, element := range elements(text) {
			if holdsRotation(member{value: element}, texts) {
				return true
			}
		}
	}
	return false
}

// isRotationEvent recognizes an event of KMS in any form, by its name and by one more member: what merely names an event,
// as a rule does, is none.
func isRotationEvent(o object) bool {
	if of := o.member("product").text; of != "" && !isKMS(of) {
		return false
	}
	named := slices.ContainsFunc([]string{"name", "eventName", "type"}, func(key string) bool {
		_, found := rotationIn(o.member(key).text)
		return found
	})
	return named && slices.ContainsFunc([]string{"resourceId", "arn", "subject", "content", "data", "eventContentMap", failure.timeKey}, o.has)
}
