package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
)

// payload is what is to be delivered: a file as it is, or an event of the history in the form in which a rule delivers it.
func (c replayCommand) payload(ctx context.Context, line *commandLine) ([]byte, error) {
	if c.File != "" {
		return localrun.ReadPayload(c.File)
	}
	account, err := line.open()
	if err != nil {
		return nil, err
	}
	defer account.stop()
	var event pastEvent
	if c.Event != "" {
		event, err = account.event(ctx, c.window, c.Event)
	} else {
		event, err = account.latestFailure(ctx, c.window, c.Secret)
	}
	if err != nil {
		return nil, err
	}
	return event.delivered()
}

func (c *cloud) latestFailure(ctx context.Context, w window, secret string) (pastEvent, error) {
	from, to := w.bounds(c.console, shownSpan)
	found, err := c.history(ctx, historyQuery{names: failures.names(""), from: from, to: to})
	if err != nil {
		return pastEvent{}, err
	}
	for _, event := range found {
		if event.concerns(secret) {
			return event, nil
		}
	}
	return pastEvent{}, fmt.Errorf("no failure of %q among the %d from %s to %s", oneLine(secret, maxCell), len(found), shownTime(from), shownTime(to))
}

// deliveredTime is the form of eventTime in a delivered event.
const deliveredTime = "20060102T150405.000-0700"

// delivered rebuilds what a rule would deliver. Content is the content of the event or an array of whole events: no
// document says which it is for KMS.
func (e pastEvent) delivered() ([]byte, error) {
	var whole []map[string]json.RawMessage
	if strings.HasPrefix(strings.TrimSpace(e.Content), "[") && json.Unmarshal([]byte(e.Content), &whole) == nil && len(whole) > 0 {
		for _, members := range whole {
			e.complete(members)
		}
		if len(whole) == 1 {
			return json.Marshal(whole[0])
		}
		return json.Marshal(whole)
	}
	members := map[string]json.RawMessage{}
	for name, value := range map[string]string{
		"product": e.Product, "level": e.Level, "name": e.Name, "status": e.Status, "regionId": e.RegionID,
		"resourceId": e.ResourceID, "instanceName": e.InstanceName, "id": e.ID, "content": e.Content, "ver": "1.0",
	} {
		if value != "" {
			members[name] = encoded(value)
		}
	}
	e.complete(members)
	return json.Marshal(members)
}

// complete gives an event its time and its content in the form of a delivered one.
func (e pastEvent) complete(members map[string]json.RawMessage) {
	when, hasTime := e.Time, false
	for name, value := range members {
		switch strings.ToLower(name) {
		case "eventtime":
			hasTime = true
		case "time":
			delete(members, name)
			if ms, err := strconv.ParseInt(strings.Trim(string(value), `"`), 10, 64); err == nil {
				when = time.UnixMilli(ms)
			}
		case "content":
			var text string
			if json.Unmarshal(value, &text) == nil && json.Valid([]byte(text)) {
				members[name] = json.RawMessage(text)
			}
		}
	}
	if !hasTime && !when.IsZero() {
		members["eventTime"] = encoded(when.UTC().Format(deliveredTime))
	}
}

func encoded(text string) json.RawMessage {
	value, _ := json.Marshal(text) // a string can always be encoded
	return value
}
