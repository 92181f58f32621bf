package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/eventlog"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
)

// payload is what is delivered: a file as it is, or an event of the history in the form in which a rule delivers it.
func (c Command) payload(ctx context.Context, account *cli.Account) ([]byte, error) {
	if c.File != "" {
		return localrun.ReadPayload(c.File)
	}
	find := func() (eventlog.Event, error) { return eventlog.Find(ctx, account, c.Window, c.Event) }
	if c.Latest {
		find = func() (eventlog.Event, error) { return c.latestFailure(ctx, account) }
	}
	event, err := find()
	if err != nil {
		return nil, err
	}
	return delivered(event)
}

func (c Command) latestFailure(ctx context.Context, account *cli.Account) (eventlog.Event, error) {
	from, to := c.Bounds(account.Console, events.HistoryKept)
	found, err := eventlog.Read(ctx, account, eventlog.Query{Names: []string{events.FailureName}, From: from, To: to})
	if err != nil {
		return eventlog.Event{}, err
	}
	for _, event := range found {
		if event.Concerns(c.Secret) {
			return event, nil
		}
	}
	if err := account.CheckName(ctx, c.Secret); err != nil { // a misspelt name would seem never to have failed
		return eventlog.Event{}, err
	}
	return eventlog.Event{}, fmt.Errorf("no failure of %q among the %d from %s to %s", c.Secret, len(found), cli.ShownTime(from), cli.ShownTime(to))
}

// deliveredTime is the form of eventTime in a delivered event.
const deliveredTime = "20060102T150405.000-0700"

// delivered rebuilds what a rule would deliver. Content is the content of the event or an array of whole events: no
// document says which it is for KMS.
func delivered(e eventlog.Event) ([]byte, error) {
	var whole []map[string]json.RawMessage
	if strings.HasPrefix(strings.TrimSpace(e.Content), "[") && json.Unmarshal([]byte(e.Content), &whole) == nil && len(whole) > 0 {
		for _, members := range whole {
			complete(e, members)
		}
		if len(whole) == 1 {
			return json.Marshal(whole[0])
		}
		return json.Marshal(whole)
	}
	members := map[string]json.RawMessage{}
	for name, value := range map[string]string{
		"product": e.Product, "level": e.Level, "name": e.Name, "status": e.Status, "regionId": e.RegionID,
		"resourceId": e.ResourceID, "instanceName": e.InstanceName, "id": e.EventID(), "content": e.Content, "ver": "1.0",
	} {
		if value != "" {
			members[name] = encoded(value)
		}
	}
	complete(e, members)
	return json.Marshal(members)
}

// complete gives an event its time and its content in the form of a delivered one.
func complete(e eventlog.Event, members map[string]json.RawMessage) {
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
	if _, named := members["id"]; !named { // the log of the function then has the id that events lists
		members["id"] = encoded(e.EventID())
	}
	if !hasTime && !when.IsZero() {
		members["eventTime"] = encoded(when.UTC().Format(deliveredTime))
	}
}

func encoded(text string) json.RawMessage {
	value, _ := json.Marshal(text) // a string can always be encoded
	return value
}
