// Package localrun is what surrounds the built function when a command invokes it on this machine: the platform's
// settings, the caller's, and KMS.
//
//	payload → World: a stand-in with its secrets, or the real account → internal/fcruntime → target/main
package localrun

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/failedsecret"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// settingNames are the function's settings that are handed on from the caller's environment.
var settingNames = []string{"SECRET_TYPES", "SECRET_ALLOW", "SECRET_DENY", "REGIONS", "MAX_ATTEMPTS", "RETRY_BACKOFF",
	"RETRY_BACKOFF_MAX", "VERIFY_WAIT", "SWEEP_INTERVAL", "SWEEP_HISTORY", "ROTATIONS_PER_HOUR", "REPORT_CUSTOM_EVENTS",
	"HTTP_CALLBACK_TOKEN", "OVERDUE_AFTER"}

// Mode is what the function may do. It is a closed set.
type Mode string

const (
	Act     Mode = "act"
	Observe Mode = "observe"
)

// Options say in which world a payload is delivered.
type Options struct {
	Real    bool   // the account of the environment's credentials, not a stand-in
	Mode    Mode   // of the function
	Region  string // of the function; that of the environment, or where nothing is written of the payload, if empty
	Payload []byte
}

// World is what surrounds the function. Runtime lacks the command to run.
type World struct {
	Runtime fcruntime.Options
	KMS     *standin.KMS // nil where KMS is the real one

	stop func()
}

// New returns the world of a payload.
func New(o Options) (*World, error) {
	w := &World{stop: func() {}}
	w.Runtime.FunctionName = "rotation-remediator"
	w.Runtime.Env = settings(o.Mode)
	if o.Real {
		return w, w.useReal(o)
	}
	return w, w.useStandin(o)
}

// Close ends what New started.
func (w *World) Close() { w.stop() }

// useStandin starts a KMS in the region and the account of the first event, which has the secrets of all.
func (w *World) useStandin(o Options) error {
	failed := failedsecret.Of(o.Payload)
	first := firstOf(failed)
	w.Runtime.Region = cmp.Or(first.Region, failedsecret.DefaultRegion)
	w.Runtime.AccountID = cmp.Or(first.Account, failedsecret.DefaultAccount)
	w.KMS = failedsecret.KMS(w.Runtime.Region, w.Runtime.AccountID)
	failedsecret.Put(w.KMS, failed)
	url, stop, err := standin.Serve(w.KMS)
	if err != nil {
		return fmt.Errorf("starting the stand-in: %w", err)
	}
	w.stop = stop
	w.Runtime.Credentials = fcruntime.Credentials(standin.DefaultCredentials)
	w.Runtime.Env = append(w.Runtime.Env, "KMS_ENDPOINT="+url, "CLOUDMONITOR_ENDPOINT="+url)
	return nil
}

// useReal takes the credentials from where Alibaba Cloud's tools look for them. Whose they are has to be said where
// something may be written: an event that named its own account could not be refused for it.
func (w *World) useReal(o Options) error {
	w.Runtime.Region, w.Runtime.AccountID = cmp.Or(o.Region, os.Getenv("FC_REGION")), os.Getenv("FC_ACCOUNT_ID")
	if o.Mode == Observe {
		first := firstOf(failedsecret.Of(o.Payload))
		w.Runtime.Region, w.Runtime.AccountID = cmp.Or(w.Runtime.Region, first.Region), cmp.Or(w.Runtime.AccountID, first.Account)
	}
	if w.Runtime.Region == "" || w.Runtime.AccountID == "" {
		return errors.New("no account: want FC_REGION and FC_ACCOUNT_ID, those of the credentials")
	}
	w.Runtime.Credentials = fcruntime.Credentials{
		AccessKeyID:     os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"),
		AccessKeySecret: os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
		SecurityToken:   os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN"),
	}
	if w.Runtime.Credentials.AccessKeyID == "" || w.Runtime.Credentials.AccessKeySecret == "" {
		return errors.New("no credentials: want ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, and ALIBABA_CLOUD_SECURITY_TOKEN with temporary ones")
	}
	for _, name := range []string{"KMS_ENDPOINT", "CLOUDMONITOR_ENDPOINT"} {
		w.Runtime.Env = append(w.Runtime.Env, name+"="+os.Getenv(name))
	}
	return nil
}

// firstOf returns the first event that names a secret: where and whose it is says what the others are compared with.
func firstOf(all []events.Event) events.Event {
	for _, event := range all {
		if event.SecretName != "" {
			return event
		}
	}
	return events.Event{}
}

// settings hands on what the caller set.
func settings(mode Mode) []string {
	env := []string{"REMEDIATION_MODE=" + string(mode)}
	for _, name := range settingNames {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
