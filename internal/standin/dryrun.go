package standin

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// sendDryRunSystemEvent raises an event, and pushes it as if it had happened: nothing in it tells a receiver that it has
// not. EventContent is the whole event, and has to hold three members, by the page of SendDryRunSystemEvent.
func sendDryRunSystemEvent(k *KMS, p url.Values, now time.Time) (identified, *refusal) {
	product, name, payload := p.Get("Product"), p.Get("EventName"), []byte(p.Get("EventContent"))
	if product == "" || name == "" {
		return nil, parameterInvalid("Product, EventName")
	}
	var fields eventFields
	if err := json.Unmarshal(payload, &fields); err != nil || fields.Product == "" || fields.ResourceID == "" || fields.RegionID == "" {
		return nil, parameterInvalid("EventContent")
	}
	if k.world().DryRunNeedsRule && !k.watched(product, name) {
		return nil, errNoRule
	}
	e := Event{Time: now, Name: name, Secret: strings.TrimPrefix(fields.ResourceID, k.arnPrefix()), Payload: payload}
	k.events = append(k.events, e)
	if !k.world().DryRunsForgotten {
		if err := k.remember(e); err != nil {
			panic(err) // it was read above
		}
	}
	answer := textVerdictTrue()
	return &answer, nil
}

// watched says whether an enabled rule names the product and the event.
func (k *KMS) watched(product, name string) bool {
	for _, rule := range k.rules {
		for _, pattern := range rule.Patterns {
			if rule.State == ruleEnabled && strings.EqualFold(pattern.Product, product) && slices.Contains(pattern.Names, name) {
				return true
			}
		}
	}
	return false
}
