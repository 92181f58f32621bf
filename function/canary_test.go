package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

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
