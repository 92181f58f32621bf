package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	secretName = accounttest.Secret
	region     = accounttest.Region
	account    = accounttest.ID
	// failureAge is how long ago the scheduled rotation failed. It is not the second in which the function rotates, since
	// times of KMS have whole seconds.
	failureAge = time.Minute
)

// cloud is the virtual account of one test, with one secret whose scheduled rotation failed.
type cloud struct {
	*accounttest.Account
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
	c.Account = accounttest.New(o)
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

// current returns the id of the version at stage ACSCurrent, "" where the secret is gone.
func (c *cloud) current() string { return c.Current(secretName).ID }

// recordText is the tag that the function keeps on the secret, "" without one.
func (c *cloud) recordText() string { return c.RecordText(secretName) }

// record returns the zero Record where there is none, or one that cannot be read.
func (c *cloud) record() remediation.Record {
	r, _ := c.RecordOf(secretName)
	return r
}

// rotations returns those that calls of the function started.
func (c *cloud) rotations() []standin.Rotation { return c.Requested(secretName) }

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

// Each of these is there to be searched for. Their odd signs are the ones that an encoding changes.
const (
	canaryPayload = "canary/payload+text"
	canaryEnv     = "canary/environment+value"
	canaryMessage = "canary/message+of+an+error"
	canaryPanic   = "canary/panic+text"
)

var (
	canaryCredentials = standin.Credentials{
		AccessKeyID: "STS.canary/id+1", AccessKeySecret: "canary/secret+1==", SecurityToken: "canary/token+1==",
	}
	otherCredentials = standin.Credentials{
		AccessKeyID: "TMP.canary/id+2", AccessKeySecret: "canary/secret+2==", SecurityToken: "canary/token+2==",
	}
)

// platformCredentials are the same, for the platform to hand out.
func platformCredentials(c standin.Credentials) fcruntime.Credentials {
	return fcruntime.Credentials(c)
}

// knownCanaries are those that do not depend on the test.
func knownCanaries() []string {
	all := []string{canaryPayload, canaryEnv, canaryMessage, canaryPanic}
	for _, c := range []standin.Credentials{canaryCredentials, otherCredentials} {
		all = append(all, c.AccessKeyID, c.AccessKeySecret, c.SecurityToken)
	}
	return all
}

// canarySet holds canaries that show up while a test runs, such as signatures.
type canarySet struct {
	mu  sync.Mutex
	all []string
}

func (s *canarySet) add(canary string) {
	if canary == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, canary)
}

// search fails the test for each canary in text, as it is or in one of the encodings that it may go through on its way.
func (s *canarySet) search(t testing.TB, where string, text []byte) {
	t.Helper()
	s.mu.Lock()
	canaries := append(knownCanaries(), s.all...)
	s.mu.Unlock()
	for _, canary := range canaries {
		for _, form := range encodings(canary) {
			if bytes.Contains(text, []byte(form)) {
				t.Errorf("%s: %q leaked as %q into:\n%s", where, canary, form, text)
				break
			}
		}
	}
}

func encodings(canary string) []string {
	once := url.QueryEscape(canary)
	quoted, _ := json.Marshal(canary) // text can always be quoted
	return slices.Compact([]string{canary, string(quoted[1 : len(quoted)-1]), once, url.QueryEscape(once), url.PathEscape(canary)})
}

// A search that finds nothing proves nothing if it cannot find anything.
func TestTheSearchFindsACanaryInEachEncoding(t *testing.T) {
	var set canarySet
	set.add("sig+nature/1==")
	for _, text := range []string{
		"x canary/token+1== x", `"canary/token+1=="`, "SecurityToken=canary%2Ftoken%2B1%3D%3D&x", "x%3Dcanary%252Ftoken%252B1%253D%253D",
		"Signature=sig%2Bnature%2F1%3D%3D", canaryPayload,
	} {
		found := &countingTB{TB: t}
		set.search(found, "here", []byte(text))
		if found.errors == 0 {
			t.Errorf("nothing found in %q", text)
		}
	}
}

// countingTB counts failures and does not fail.
type countingTB struct {
	testing.TB
	errors int
}

func (c *countingTB) Helper()               {}
func (c *countingTB) Errorf(string, ...any) { c.errors++ }
