package events

import (
	"cmp"
	"strings"
)

// isSubscription recognizes what an event subscription of CloudMonitor pushes, see
// https://www.alibabacloud.com/help/en/cms/cloudmonitor-1-0/user-guide/configure-callbacks-for-system-event-triggered-alerts-recommended
func isSubscription(o object) bool {
	if !o.has("alert") {
		return false
	}
	a, err := o.object("alert")
	return err == nil && (a.has("eventName") || a.hasNested("meta", "sysEventMeta"))
}

// push is two objects of an event subscription: the alert, and its event as CloudMonitor knows it.
type push struct{ alert, meta object }

// decodeSubscription decodes the alert of an event subscription. An alert that is over, of another source or of another
// event is Foreign.
func decodeSubscription(o object) (Event, error) {
	p, a, err := readPush(o)
	if err != nil {
		return Event{}, err
	}
	over, err := p.isOver()
	if err != nil {
		return Event{}, err
	}
	if over {
		return a.ignored(), nil
	}
	r, found, err := p.rotation()
	if err != nil {
		return Event{}, err
	}
	if !found {
		return a.foreign(p.alert)
	}
	ofKMS, err := p.isOfKMS()
	if err != nil {
		return Event{}, err
	}
	if !ofKMS {
		return a.ignored(), nil
	}
	a.content, err = p.content(r)
	a.err = cmp.Or(a.err, err)
	e, err := a.event(r)
	if err == nil && a.id != "" { // the one that people find in CloudMonitor
		e.ID = display(a.id)
	}
	return e, err
}

// readPush reads the objects of a push, and what decides from wherever it is there.
func readPush(o object) (push, alert, error) {
	var p push
	var err error
	if p.alert, err = o.object("alert"); err != nil {
		return p, alert{}, err
	}
	meta, err := p.alert.object("meta")
	if err != nil {
		return p, alert{}, err
	}
	if p.meta, err = meta.object("sysEventMeta"); err != nil {
		return p, alert{}, err
	}
	a := alert{
		id:       cmp.Or(p.alert.member("traceId").text, p.meta.member("id").text, p.alert.member("dedupId").text),
		name:     p.alert.member("eventName").or(p.meta.member("name")),
		product:  p.alert.member("product").or(p.meta.member("product")),
		status:   p.meta.member("status"),
		levels:   [3]field{p.meta.member("level"), p.alert.member("severity"), o.member("severity")},
		resource: p.meta.member("resourceId").agree(p.alert.member("arn")),
		region:   p.meta.member("regionId"),
		accounts: [3]field{p.meta.member("userId"), p.alert.member("userId"), o.member("userId")},
		sent:     p.meta.member("eventTime").or(p.alert.millis("timestamp")).or(o.millis("time")),
		err:      cmp.Or(o.rejectDuplicates(), p.alert.rejectDuplicates(), meta.rejectDuplicates(), p.meta.rejectDuplicates()),
	}
	if arn, want := parseSecretARN(a.resource.text); want == "" && a.region.text == "" && a.region.err == nil {
		a.region.text = arn.region // an alert without meta names it in its ARN only
	}
	if a.content, err = p.alert.object("eventContentMap"); err != nil || len(a.content.members) == 0 {
		a.content, _ = p.alert.object("eventRawContent")
	}
	return p, a, nil
}

// isOver reports whether the alert is resolved, or comes from something else than a system event.
func (p push) isOver() (bool, error) {
	status, source := p.alert.member("alertStatus"), p.alert.member("source")
	if err := cmp.Or(status.err, source.err); err != nil {
		return false, err
	}
	return strings.EqualFold(status.text, "RESOLVED") || source.text != "" && !strings.EqualFold(source.text, "SYS_EVENT"), nil
}

// rotation compares the two names, of which a missing one contradicts nothing.
func (p push) rotation() (r rotation, found bool, err error) {
	name, other := p.alert.member("eventName"), p.meta.member("name")
	if err := cmp.Or(name.err, other.err); err != nil {
		return rotation{}, false, err
	}
	if name.text == "" && other.text == "" {
		return rotation{}, false, name.reject(missing, wantEvent)
	}
	r, found = rotationIn(name.or(other).text)
	if named, _ := rotationIn(other.or(name).text); named != r {
		return rotation{}, false, other.reject(quoted(other.text), quoted(name.text)+", as eventName says")
	}
	return r, found, nil
}

// isOfKMS compares the two products, of which a missing one contradicts nothing.
func (p push) isOfKMS() (bool, error) {
	of, other := p.alert.member("product"), p.meta.member("product")
	if err := cmp.Or(of.err, other.err); err != nil {
		return false, err
	}
	if of.text != "" && other.text != "" && isKMS(of.text) != isKMS(other.text) {
		return false, other.reject(quoted(other.text), quoted(of.text)+", as product of the alert says")
	}
	is := cmp.Or(of.text, other.text)
	return is == "" || isKMS(is), nil
}

// content returns eventContentMap, or eventRawContent where that is missing or empty. Both must say the same in whatever
// decides. Raw content that cannot be read is left out where the other one is there: it may be cut off.
func (p push) content(r rotation) (object, error) {
	content, err := p.alert.object("eventContentMap")
	raw, rawErr := p.alert.object("eventRawContent")
	switch {
	case err != nil:
		return content, err
	case len(content.members) == 0 && (rawErr != nil || len(raw.members) > 0):
		return raw, rawErr
	case len(raw.members) == 0:
		return content, nil
	}
	return content, agree(content, raw, r)
}

// agree compares the two contents of an event, in whatever decides.
func agree(content, raw object, r rotation) error {
	if err := raw.rejectDuplicates(); err != nil {
		return err
	}
	if other := r.opposite().timeKey; raw.has(other) && !raw.has(r.timeKey) {
		return raw.reject(other, "there without "+r.timeKey, r.timeKey+" with "+r.name)
	}
	for _, key := range []string{"secretName", r.timeKey, r.opposite().timeKey} {
		f, other := content.member(key), raw.member(key)
		if f.text != "" && other.text != "" && !sameText(f, other) {
			return other.reject(quoted(other.text), quoted(f.text)+", as eventContentMap says")
		}
	}
	return nil
}

// sameText reports whether two members have the same text, or name the same moment.
func sameText(f, other field) bool {
	if f.text == other.text {
		return true
	}
	t, ok := ParseTime(f.text)
	u, okToo := ParseTime(other.text)
	return ok && okToo && t.Equal(u)
}
