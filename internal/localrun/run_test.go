package localrun

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
)

func prepared(t *testing.T, o Options) *Run {
	t.Helper()
	o.Binary, o.Mode = "/bin/true", config.Observe
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// A setting that is not handed on would be tried out in vain; one of the account's endpoints would leave the stand-in.
func TestEverySettingIsHandedOn(t *testing.T) {
	var environ []string
	for _, setting := range config.Table {
		if setting.Default != "" {
			environ = append(environ, setting.Name+"="+setting.Default)
		}
	}
	environ = append(environ, "SECRET_DENY=acs/ecs/x", "REGIONS=cn-beijing", "HTTP_CALLBACK_TOKEN="+strings.Repeat("a1", 12))
	account := prepared(t, Options{Real: true, Payload: []byte(failure), Environ: append(environ, "ALIBABA_CLOUD_ACCESS_KEY_ID=a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=b", "OTHER=x")})
	standin := prepared(t, Options{Payload: []byte(failure), Environ: environ})
	if got, want := len(account.function.Env), len(config.Table); got != want {
		t.Errorf("%d variables are handed on, want %d: %v", got, want, account.function.Env)
	}
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !slices.Contains(account.function.Env, pair) {
			t.Errorf("on the account, %s is not handed on", pair)
		}
		if replaced := slices.Contains(endpointSettings, name); slices.Contains(standin.function.Env, pair) == replaced {
			t.Errorf("on the stand-in, %s is handed on: %t", pair, !replaced)
		}
	}
	if len(standin.Notes) != 2 || len(account.Notes) != 0 {
		t.Errorf("notes %q and %q, want one for each endpoint that the stand-in replaces", standin.Notes, account.Notes)
	}
}

// All wrong settings at once, before anything starts.
func TestSettingsWithWhichTheFunctionDoesNotStartAreOneError(t *testing.T) {
	_, err := New(Options{Binary: "/bin/true", Payload: []byte(failure), Environ: []string{"REMEDIATION_MODE=heal", "MAX_ATTEMPTS=0", "SECRET_DENY=**-prod"}})
	for _, name := range []string{"REMEDIATION_MODE", "MAX_ATTEMPTS", "SECRET_DENY"} {
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want one line that names %s", err, name)
		}
	}
}

// An event that names its own account must not choose on whose secrets the function acts.
func TestOnlyInObserveModeDoesThePayloadSayWhereItIs(t *testing.T) {
	keys := []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=b"}
	for _, row := range []struct {
		mode    config.Mode
		set     []string
		payload string
		want    string // region and account, or the error
	}{
		{config.Observe, keys, failure, "cn-hangzhou 1"},
		{config.Observe, append(keys, "FC_REGION=cn-beijing", "FC_ACCOUNT_ID=2"), failure, "cn-beijing 2"},
		{config.Observe, keys, "{}", errNoAccount.Error()},
		{config.Act, keys, failure, errNoAccount.Error()},
		{config.Act, append(keys, "FC_REGION=cn-beijing", "FC_ACCOUNT_ID=2"), failure, "cn-beijing 2"},
		{config.Act, []string{"FC_REGION=cn-beijing", "FC_ACCOUNT_ID=2"}, failure, errNoCredentials.Error()},
	} {
		r, err := New(Options{Binary: "/bin/true", Real: true, Mode: row.mode, Environ: row.set, Payload: []byte(row.payload)})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = r.Region + " " + r.Account
		}
		if got != row.want {
			t.Errorf("%s with %q: %q, want %q", row.mode, row.set, got, row.want)
		}
	}
}

// A person who waits wants to know for what; one who does not wait wants no noise.
func TestOnlyWorkThatTakesLongIsReported(t *testing.T) {
	for took, want := range map[time.Duration]int{2 * time.Second: 0, 5 * time.Second: 1, 25 * time.Second: 3} {
		synctest.Test(t, func(t *testing.T) {
			var progress strings.Builder
			done := (&Run{progress: &progress}).reportProgress()
			time.Sleep(took) // of the bubble's clock
			done()
			if got := strings.Count(progress.String(), "\n"); got != want {
				t.Errorf("after %s: %d lines, want %d", took, got, want)
			}
		})
	}
}

// A program that is no function, and a person who gives up, must end the delivery with a reason.
func TestADeliveryWithoutAnAnswerSaysWhy(t *testing.T) {
	r := prepared(t, Options{Payload: []byte(failure)})
	if _, err := r.Deliver(t.Context()); err == nil || !strings.Contains(err.Error(), "ended before it answered: it printed nothing") {
		t.Errorf("%v, want that it ended", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := r.Deliver(ctx); err == nil {
		t.Error("no error after an interrupt")
	}
	if requested, known := r.RotationRequested(); requested || !known {
		t.Errorf("a rotation was requested: %t, known: %t", requested, known)
	}
}
