package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

const (
	// work is how long the instance takes for a rotation here: long enough to see that accepted is not rotated.
	work = time.Second
	// age is how long before its failure the secret was rotated last.
	age = 30 * 24 * time.Hour

	// What an event that names no secret is delivered to, such as a tick of the timer.
	defaultRegion  = "cn-hangzhou"
	defaultAccount = "1000000000000001"
)

// settingNames are the function's settings that are handed on from the caller's environment.
var settingNames = []string{"SECRET_TYPES", "SECRET_ALLOW", "SECRET_DENY", "REGIONS", "MAX_ATTEMPTS", "RETRY_BACKOFF",
	"RETRY_BACKOFF_MAX", "VERIFY_WAIT", "SWEEP_INTERVAL", "SWEEP_HISTORY", "ROTATIONS_PER_HOUR", "REPORT_CUSTOM_EVENTS"}

// world is what surrounds the function: the platform's settings, and KMS.
type world struct {
	runtime fcruntime.Options
	kms     *standin.KMS // nil where KMS is the real one
	stop    func()
}

func newWorld(real bool, payload []byte) (*world, error) {
	// An event that cannot be read is delivered all the same: what the function makes of it is what is to be seen.
	event, _ := events.Decode(payload)
	w := &world{runtime: fcruntime.Options{FunctionName: "rotation-remediator"}}
	if real {
		return w, w.useReal(event)
	}
	return w, w.useStandin(event)
}

// useStandin starts a KMS that has the event's secret, as it is after a failure: the version that should have been
// replaced is current, and the schedule is Invalid.
func (w *world) useStandin(event events.Event) error {
	w.runtime.Region, w.runtime.AccountID = cmp.Or(event.Region, defaultRegion), cmp.Or(event.Account, defaultAccount)
	w.kms = standin.New(standin.Options{
		Region:  w.runtime.Region,
		Account: w.runtime.AccountID,
		World:   standin.World{Work: work, SuccessClearsInvalid: true},
	})
	if event.SecretName != "" {
		w.kms.Put(standin.Secret{
			Name:              event.SecretName,
			Type:              event.SecretType,
			AutomaticRotation: "Invalid",
			Versions:          []standin.Version{{ID: "v1", CreateTime: event.Time.Add(-age), Stages: []string{"ACSCurrent"}}},
		})
	}
	url, stop, err := standin.Serve(w.kms)
	if err != nil {
		return fmt.Errorf("starting the stand-in: %w", err)
	}
	w.stop = stop
	w.runtime.Credentials = fcruntime.Credentials(standin.DefaultCredentials)
	w.runtime.Env = append(settings("act"), "KMS_ENDPOINT="+url, "CLOUDMONITOR_ENDPOINT="+url)
	return nil
}

// useReal takes the credentials from where Alibaba Cloud's tools look for them. Whose they are has to be said where
// something may be written: an event that named its own account could not be refused for it.
func (w *world) useReal(event events.Event) error {
	w.runtime.Env = settings("observe")
	w.runtime.Region, w.runtime.AccountID = os.Getenv("FC_REGION"), os.Getenv("FC_ACCOUNT_ID")
	if slices.Contains(w.runtime.Env, "REMEDIATION_MODE=observe") {
		w.runtime.Region, w.runtime.AccountID = cmp.Or(w.runtime.Region, event.Region), cmp.Or(w.runtime.AccountID, event.Account)
	}
	if w.runtime.Region == "" || w.runtime.AccountID == "" {
		return errors.New("no account: want FC_REGION and FC_ACCOUNT_ID, those of the credentials")
	}
	w.runtime.Credentials = fcruntime.Credentials{
		AccessKeyID:     os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"),
		AccessKeySecret: os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
		SecurityToken:   os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN"),
	}
	if w.runtime.Credentials.AccessKeyID == "" || w.runtime.Credentials.AccessKeySecret == "" {
		return errors.New("no credentials: want ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, and ALIBABA_CLOUD_SECURITY_TOKEN with temporary ones")
	}
	for _, name := range []string{"KMS_ENDPOINT", "CLOUDMONITOR_ENDPOINT"} {
		w.runtime.Env = append(w.runtime.Env, name+"="+os.Getenv(name))
	}
	return nil
}

// settings hands on what the caller set.
func settings(mode string) []string {
	if set := os.Getenv("REMEDIATION_MODE"); set != "" {
		mode = set
	}
	env := []string{"REMEDIATION_MODE=" + mode}
	for _, name := range settingNames {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (w *world) close() {
	if w.stop != nil {
		w.stop()
	}
}

func (w *world) showCalls(out io.Writer) {
	if w.kms == nil {
		fmt.Fprintln(out, "\nThe calls went to the real account; ActionTrail lists them.")
		return
	}
	fmt.Fprintln(out, "\nThe calls")
	if len(w.kms.Calls()) == 0 {
		fmt.Fprintln(out, "  none")
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, call := range w.kms.Calls() {
		answer := fmt.Sprint(call.Status)
		if call.Code != "" {
			answer += " " + call.Code
		}
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\n", i+1, call.Action, answer, strings.TrimSpace(call.VersionID+tagText(call)))
	}
	_ = table.Flush() // to the same place as the lines before
}

func tagText(call standin.Call) string {
	for key, value := range call.Tags {
		return key + " = " + value
	}
	return ""
}
