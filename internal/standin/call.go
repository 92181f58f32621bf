package standin

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Call is one request that arrived, and what became of it. It holds nothing that could be used to sign another.
type Call struct {
	Action      string
	Secret      string            // the name, also where the caller sent the ARN
	VersionID   string            // RotateSecret
	Tags        map[string]string // TagResource: what it wrote or wanted to
	AccessKeyID string            // shortened
	Params      url.Values        // what was sent, without access key id, signature and token
	RequestID   string
	Time        time.Time // of its arrival, by Options.Now
	Acted       bool      // KMS did what was asked; a RotateSecret that is ignored for its VersionId counts as well
	Fault       FaultKind // what the caller saw instead of the answer; "" for none
	Status      int       // what the caller was answered; 0 when no answer left, or not yet
	Code        string    // the error code of that answer, "" where it has none

	index int // in KMS.calls
}

// Calls returns all calls so far in the order of their arrival, those that were refused included.
func (k *KMS) Calls() []Call {
	k.lock()
	defer k.mu.Unlock()
	return slices.Clone(k.calls)
}

// receive notes a call and takes the fault that waits for it. Faults are for authentic calls only.
func (k *KMS) receive(params url.Values, authentic bool) (Call, *Fault) {
	now := k.lock()
	defer k.mu.Unlock()
	call := Call{
		Action:      params.Get("Action"),
		Secret:      strings.TrimPrefix(params.Get("SecretName"), k.arnPrefix()),
		VersionID:   params.Get("VersionId"),
		AccessKeyID: shortened(params.Get("AccessKeyId")),
		Params:      withoutCredentials(params),
		RequestID:   requestID(len(k.calls) + 1),
		Time:        now,
		index:       len(k.calls),
	}
	call.Tags, _ = parseTags(params.Get("Tags"))
	var fault *Fault
	if authentic {
		fault = k.takeFault(call)
	}
	if fault != nil {
		call.Fault = fault.Kind
	}
	k.calls = append(k.calls, call)
	return call, fault
}

// note keeps what became of a call.
func (k *KMS) note(c Call) {
	k.lock()
	defer k.mu.Unlock()
	k.calls[c.index] = c
}

func (k *KMS) tell(c Call, p Phase) {
	if k.options.OnCall != nil {
		k.options.OnCall(c, p)
	}
}

func withoutCredentials(params url.Values) url.Values {
	kept := maps.Clone(params)
	for _, secret := range []string{"AccessKeyId", "Signature", "SecurityToken"} {
		kept.Del(secret)
	}
	return kept
}

// shortened leaves of an access key id enough to tell two callers of a test apart.
func shortened(id string) string {
	const shown = 4
	if len(id) <= shown {
		return ""
	}
	return id[:shown] + "…"
}
