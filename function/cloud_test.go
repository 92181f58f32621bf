package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	secretName = "acs/ecs/web-1"
	region     = "cn-hangzhou"
	account    = "1000000000000001"
	// failureAge is how long ago the scheduled rotation failed. It is not the second in which the function rotates, since
	// times of KMS have whole seconds.
	failureAge = time.Minute
)

// cloud is the stand-in KMS of one test, with one secret whose scheduled rotation failed.
type cloud struct {
	*standin.KMS
	failure []byte // the event that says so
	lag     atomic.Int64
	sent    canarySet
}

// newCloud takes the options of a stand-in and the secret, whose empty fields it fills in. The secret is on version v1.
func newCloud(t testing.TB, o standin.Options, s standin.Secret) *cloud {
	t.Helper()
	c := &cloud{}
	if len(o.Credentials) == 0 {
		o.Credentials = []standin.Credentials{canaryCredentials}
	}
	if o.Allow == nil { // what its role grants, and nothing else
		o.Allow = policy.Function.Actions()
	}
	o.Now = func() time.Time { return time.Now().Add(-time.Duration(c.lag.Load())) }
	c.KMS = standin.New(o)
	s.Name = secretName
	if len(s.Versions) == 0 {
		s.Versions = []standin.Version{{ID: "v1", CreateTime: time.Now().AddDate(0, -1, 0), Stages: []string{"ACSCurrent"}}}
	}
	c.Put(s)
	c.failure = c.failNow(t)
	return c
}

// failNow lets the schedule fail, failureAge ago, and returns the event. It holds a marker where nothing is shown to people.
func (c *cloud) failNow(t testing.TB) []byte {
	t.Helper()
	c.lag.Store(int64(failureAge))
	defer c.lag.Store(0)
	if err := c.ScheduledFailure(secretName, standin.Failure{Code: "Kms:InstanceNotRunning", Message: canaryPayload}); err != nil {
		t.Fatal(err)
	}
	raised := c.DrainEvents()
	payload := raised[len(raised)-1].Payload
	return bytes.Replace(payload, []byte(`"ver"`), []byte(`"unknown":{"text":"`+canaryPayload+`"},"ver"`), 1)
}

// ServeHTTP keeps what was sent and must not be seen again.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() == nil { // what cannot be read is for the stand-in to refuse
		c.sent.add(r.Form.Get("Signature"))
	}
	c.KMS.ServeHTTP(w, r)
}

func (c *cloud) secret(t testing.TB) standin.Secret {
	t.Helper()
	s, found := c.Secret(secretName)
	if !found {
		t.Fatalf("%s is gone", secretName)
	}
	return s
}

// current returns the version at stage ACSCurrent, "" where the secret is gone.
func (c *cloud) current() string {
	s, _ := c.Secret(secretName)
	for _, v := range s.Versions {
		if slices.Contains(v.Stages, "ACSCurrent") {
			return v.ID
		}
	}
	return ""
}

// recordText is the tag that the function keeps on the secret, "" without one.
func (c *cloud) recordText() string {
	s, _ := c.Secret(secretName)
	return s.Tags[remediation.RecordTag]
}

// record returns the zero Record where there is none, or one that cannot be read.
func (c *cloud) record() remediation.Record {
	r, err := remediation.ParseRecord(c.recordText())
	if err != nil {
		return remediation.Record{}
	}
	return r
}

// rotations returns those that calls of the function started.
func (c *cloud) rotations() []standin.Rotation {
	return slices.DeleteFunc(c.Rotations(secretName), func(r standin.Rotation) bool { return r.By != standin.ByCall })
}

// calls words all calls since the first skip, with their answers.
func (c *cloud) calls(skip int) []string {
	words := []string{}
	for _, call := range c.Calls()[skip:] {
		words = append(words, strings.TrimSpace(fmt.Sprintf("%s %d %s", call.Action, call.Status, call.Code)))
	}
	return words
}

// rotateCalls is how often RotateSecret was called, whatever the answer.
func (c *cloud) rotateCalls() int {
	n := 0
	for _, call := range c.Calls() {
		if call.Action == "RotateSecret" {
			n++
		}
	}
	return n
}

// lastEvent returns the newest event of that name, and removes all.
func (c *cloud) lastEvent(t testing.TB, name string) []byte {
	t.Helper()
	raised := c.DrainEvents()
	for _, event := range slices.Backward(raised) {
		if event.Name == name {
			return event.Payload
		}
	}
	t.Fatalf("no event %s among %d", name, len(raised))
	return nil
}
