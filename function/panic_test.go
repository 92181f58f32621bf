package main

import (
	"context"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// panickingKMS panics at one call, counted from 1, before or after the call was made.
type panickingKMS struct {
	remediation.KMS
	calls *int
	at    int
	after bool
	how   func()
}

func (k panickingKMS) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	defer k.call()()
	return k.KMS.DescribeSecret(ctx, name)
}

func (k panickingKMS) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	defer k.call()()
	return k.KMS.CurrentVersion(ctx, name)
}

func (k panickingKMS) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	defer k.call()()
	return k.KMS.RotateSecret(ctx, name, versionID)
}

func (k panickingKMS) TagSecret(ctx context.Context, name, key, value string) error {
	defer k.call()()
	return k.KMS.TagSecret(ctx, name, key, value)
}

// call returns what is to be done after the call.
func (k panickingKMS) call() func() {
	*k.calls++
	switch {
	case *k.calls != k.at:
		return func() {}
	case k.after:
		return k.how
	}
	k.how()
	return nil
}

func panicWithText() {
	panic(fmt.Errorf("at the address %s with %s", canaryPanic, canaryCredentials.SecurityToken))
}

func panicOfTheRuntime() {
	var nowhere *answer
	nowhere.errorType = canaryPanic
}

// An invocation that panics and is called a success takes its event along, and a text that was printed on the way out can
// hold the token.
func TestAPanicIsAFailureThatNamesThePlaceAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, panics := range []struct {
		how   func()
		place *regexp.Regexp
	}{
		{panicWithText, regexp.MustCompile(`panicked at \S+/function\.panicWithText:\d+: `)},
		{panicOfTheRuntime, regexp.MustCompile(`panicked at \S+/function\.panicOfTheRuntime:\d+: `)},
	} {
		for at := range faultColumns {
			for _, after := range []bool{false, true} {
				inVirtualTime(t, func(t *testing.T) {
					runPanicStory(t, panickingKMS{at: at + 1, after: after, how: panics.how}, panics.place)
				})
			}
		}
	}
}

func runPanicStory(t *testing.T, kms panickingKMS, place *regexp.Regexp) {
	story := fmt.Sprintf("call %d, after it %t", kms.at, kms.after)
	p := newPromises(5)
	p.cloud = newCloud(t, standin.Options{OnCall: p.onCall}, standin.Secret{})
	i := newInstance(t, p.cloud)
	kms.calls = new(int)
	connect := i.connect
	i.connect = func(region string, c alicloud.Credentials) remediation.KMS {
		k := kms
		k.KMS = connect(region, c)
		return k
	}
	first := i.invoke(p.cloud.failure)
	if first.errorType != report.Panic || !place.MatchString(first.result().Reason) {
		t.Errorf("%s: errorType %q, %s; want panic, and the place", story, first.errorType, first.text)
	}
	p.after(first, false)
	if i.pace.Active(region, time.Now()) {
		t.Errorf("%s: rotations are held although nothing was throttled", story)
	}
	for range 2 {
		time.Sleep(max(time.Until(p.cloud.record().Due), retryPause))
		p.after(i.invoke(p.cloud.failure), false)
	}
	if n := len(p.cloud.rotations()); n != 1 || !p.mended() || len(p.breaches()) > 0 {
		t.Errorf("%s: %d rotations, want 1, and the secret mended: record %q, broken %q", story, n, p.cloud.recordText(), p.breaches())
	}
}
