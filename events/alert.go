package events

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// field is a member that decides something, and where it was found.
type field struct {
	in, key string
	text    string // of a string or a number, without blanks around it; "" where the member is missing
	err     error  // it is no string, or there twice

	millis bool // as a time it is a number of milliseconds
}

// member returns a member of an object. Its error counts where the member decides something.
func (o object) member(key string) field {
	f := field{in: o.field, key: key}
	m, found := o.find(key)
	switch {
	case !found:
	case m.isText():
		f.text = string(bytes.TrimSpace(m.text()))
	default:
		f.err = o.reject(key, describe(m.value), "a JSON string")
		if m.value[0] == '-' || isDigit(rune(m.value[0])) {
			f.text = string(m.value)
		}
	}
	if len(o.repeated) > 0 && slices.Contains(o.repeated, strings.ToLower(key)) {
		f.err = o.duplicateError(strings.ToLower(key))
	}
	return f
}

func (f field) reject(got, want string) error {
	return &RejectError{Field: pathOf(f.in, f.key), Got: got, Want: want}
}

// or returns f, or other where f is missing.
func (f field) or(other field) field {
	if f.text == "" && f.err == nil {
		return other
	}
	return f
}

// agree returns f, or other where f is missing: two members that name the same must not differ.
func (f field) agree(other field) field {
	switch {
	case f.err != nil || other.text == "" && other.err == nil:
	case other.err != nil || f.text == "":
		return other
	case f.text != other.text:
		f.err = f.reject(quoted(f.text), quoted(other.text)+", as "+other.key+" says")
	}
	return f
}

// alert is what one event says, in whatever form it came, before it is checked.
type alert struct {
	id            string
	name, product field
	status        field
	levels        [3]field // what says how bad it is, as often as the form does
	resource      field
	region        field
	accounts      [3]field
	sent          field // eventTime, or what counts as it
	content       object

	err error // of a form that cannot be trusted; it counts if the event is about a rotation
}

// decodeNamed decodes an event of CloudMonitor as alert rules deliver it: the name is at the top. An event that is not
// about a rotation is Foreign, however odd the rest of it is: an error would have the platform send it again and again.
func decodeNamed(o object) (Event, error) { return alertOf(o).named(o) }

func (a alert) named(o object) (Event, error) {
	if a.name.err != nil {
		return Event{}, a.name.err
	}
	if a.name.text == "" {
		return Event{}, a.name.reject(missing, wantEvent)
	}
	r, found := rotationIn(a.name.text)
	switch {
	case found && a.product.err != nil:
		return Event{}, a.product.err
	case found && a.mayBeKMS():
		return a.event(r)
	}
	return a.foreign(o)
}

func alertOf(o object) alert {
	a := alert{
		id: o.member("id").text, status: o.member("status"),
		name: o.member("name"), product: o.member("product"), levels: [3]field{o.member("level")},
		resource: o.member("resourceId"), region: o.member("regionId"), accounts: [3]field{o.member("userId")},
		sent: o.member("eventTime"), err: o.rejectDuplicates(),
	}
	content, err := o.object("content")
	a.content, a.err = content, cmp.Or(a.err, err)
	return a
}

// mayBeKMS takes a missing product for none: the name says enough.
func (a alert) mayBeKMS() bool { return a.product.text == "" || isKMS(a.product.text) }

// event checks an event about a rotation, and rejects one that contradicts itself.
func (a alert) event(r rotation) (Event, error) {
	if a.err == nil {
		a.err = a.content.rejectDuplicates()
	}
	if a.err == nil {
		a.err = a.checkResult(r)
	}
	if a.err != nil {
		return Event{}, a.err
	}
	arn, err := a.secret()
	if err != nil {
		return Event{}, err
	}
	e := Event{
		Kind:           r.kind,
		ID:             display(cmp.Or(a.content.member("eventId").text, a.id)),
		Name:           displayName(cmp.Or(a.name.text, r.name)),
		Level:          display(a.level()),
		Product:        display(a.product.text),
		Region:         arn.region,
		Account:        arn.account,
		ARN:            arn.whole,
		SecretName:     arn.name,
		ContentName:    otherThan(arn.name, display(a.content.member("secretName").text)),
		EntityARN:      arn.otherSecret(a.content.member("RotationEntityArn").text),
		SecretType:     display(a.content.member("secretType").text),
		SubType:        display(cmp.Or(a.content.member("rotationSubType").text, a.content.member("secretSubType").text)),
		RotationStatus: display(a.content.member("rotationStatus").text),
		Cause:          causeIn(a.content),
	}
	return a.withTime(e, r)
}

func (a alert) level() string { return cmp.Or(a.levels[0].text, a.levels[1].text, a.levels[2].text) }

// checkResult compares what the name says about the result with what level and status say.
func (a alert) checkResult(r rotation) error {
	for _, level := range a.levels {
		if level.err != nil {
			return level.err
		}
		if level.text != "" && !strings.EqualFold(level.text, r.level) {
			return level.reject(quoted(level.text), r.level+" with "+r.name)
		}
	}
	if strings.EqualFold(a.status.text, r.opposite().status) {
		return a.status.reject(quoted(a.status.text), r.status+" with "+r.name)
	}
	return nil
}

// secret returns which secret the event is about, and compares the members that name its region and its account. A
// missing account contradicts nothing, and a masked one, as in the vendor's samples, cannot be compared.
func (a alert) secret() (secretARN, error) {
	if a.resource.err != nil {
		return secretARN{}, a.resource.err
	}
	arn, want := parseSecretARN(a.resource.text)
	if want != "" {
		return secretARN{}, a.resource.reject(orMissing(a.resource.text), want)
	}
	if a.region.err != nil {
		return secretARN{}, a.region.err
	}
	if a.region.text != arn.region {
		return secretARN{}, a.region.reject(orMissing(a.region.text), arn.region+", the region of "+a.resource.key)
	}
	for _, account := range a.accounts {
		if account.text != "" && !arn.isOf(account.text) {
			return secretARN{}, account.reject(quoted(account.text), arn.account+", the account of "+a.resource.key)
		}
	}
	return arn, nil
}

// withTime adds when it happened: by KMS's clock if the content says it, else by eventTime. A Success does without: it
// never starts a rotation, so its age decides nothing.
func (a alert) withTime(e Event, r rotation) (Event, error) {
	own, err := a.content.member(r.timeKey).time()
	if err != nil {
		return Event{}, err
	}
	if other := r.opposite().timeKey; own.IsZero() && a.content.has(other) {
		return Event{}, a.content.reject(other, "there without "+r.timeKey, r.timeKey+" with "+r.name)
	}
	sent, err := a.sent.time()
	switch {
	case err != nil && own.IsZero():
		return Event{}, err
	case err != nil:
		e.UnreadableTime = cmp.Or(display(a.sent.text), "no text")
	case own.IsZero() && sent.IsZero() && r.kind == Failure:
		return Event{}, a.content.reject(r.timeKey, missing, "a time, here or in eventTime, with "+r.name)
	}
	e.Time, e.TimeFromEventTime = own, own.IsZero() && !sent.IsZero()
	if e.TimeFromEventTime {
		e.Time = sent
	}
	return e, nil
}

// causeIn returns failureInfo. One of another type is an unknown cause, not a reason to lose the failure.
func causeIn(content object) Cause {
	info, err := content.object("failureInfo")
	if err != nil {
		return Cause{}
	}
	return Cause{Code: displayName(info.member("errorCode").text), Message: display(info.member("errorMessage").text)}
}

// otherThan returns s if it is something else than known.
func otherThan(known, s string) string {
	if s == known {
		return ""
	}
	return s
}
