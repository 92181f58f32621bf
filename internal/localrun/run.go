package localrun

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

const (
	regionsSetting = "REGIONS"

	// quiet is how long the function may work before a person reads that it does, and then how often.
	quiet = 3 * time.Second
	again = 10 * time.Second
)

// endpointSettings are not handed on where the stand-in takes the place of the services.
var endpointSettings = []string{"KMS_ENDPOINT", "CLOUDMONITOR_ENDPOINT"}

// Options say what is delivered to which function, and where its calls go.
type Options struct {
	Binary   string
	Payload  []byte
	Environ  []string     // settings of the function and, with Real, FC_REGION, FC_ACCOUNT_ID and the credentials
	Real     bool         // the account of the credentials, not a stand-in
	Mode     config.Mode  // if not empty, it goes before REMEDIATION_MODE of Environ
	Region   string       // with Real, if not empty, it goes before FC_REGION
	KMS      *standin.KMS // a stand-in that exists already; nil for one with the payload's secrets
	Progress io.Writer    // gets a line now and then while the function works; may be nil
}

// Run is a payload that can be delivered.
type Run struct {
	Mode    config.Mode
	Region  string
	Account string
	Notes   []string // settings of the caller that are not used here, each with why

	payload  []byte
	progress io.Writer
	function fcruntime.Options
	kms      *standin.KMS // nil on the account
	stop     func()
}

// Result is what came of a delivery.
type Result struct {
	OnAccount bool           // the calls went to the account, and are not known
	Calls     []standin.Call // the calls that the function made; empty on the account
	Answer    []byte         // the JSON of the function
	ErrorType string         // of an invocation that failed, "" of one that succeeded
	Refusal   string         // why an HTTP request was turned away, by the log of the function; else ""
}

// New prepares a delivery. Settings with which the function would not start are an error.
func New(o Options) (*Run, error) {
	if _, err := os.Stat(o.Binary); err != nil {
		return nil, fmt.Errorf("no function at %s: make build makes it", Printable(o.Binary, maxLine))
	}
	set := variables(o.Environ)
	r := &Run{Mode: cmp.Or(o.Mode, config.Mode(set[config.ModeVariable])), payload: o.Payload, progress: o.Progress, stop: func() {}}
	set[config.ModeVariable] = string(r.Mode)
	settle := r.useStandin
	if o.Real {
		settle = r.useAccount
	}
	r.function = fcruntime.Options{Command: []string{o.Binary}, FunctionName: "rotation-remediator"}
	if err := settle(o, set); err != nil {
		return nil, err
	}
	r.function.Region, r.function.AccountID = r.Region, r.Account
	for _, setting := range config.Table {
		if value, is := set[setting.Name]; is {
			r.function.Env = append(r.function.Env, setting.Name+"="+value)
		}
	}
	if _, err := config.Load(r.function.Env); err != nil {
		r.stop()
		return nil, err
	}
	if o.Real && r.Mode == config.Act {
		if err := r.checkAccount(set["KMS_ENDPOINT"], EventsOf(o.Payload)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Close ends the stand-in.
func (r *Run) Close() { r.stop() }

// useStandin serves a KMS in the region and the account of the payload, unless there is one already.
func (r *Run) useStandin(o Options, set map[string]string) error {
	all := EventsOf(o.Payload)
	r.Region, r.Account = Place(all)
	r.kms = o.KMS
	if r.kms == nil {
		r.kms = NewKMS(r.Region, r.Account)
	}
	PutFailed(r.kms, all)
	url, stop, err := standin.Serve(r.kms)
	if err != nil {
		return fmt.Errorf("starting the stand-in: %w", err)
	}
	r.stop = stop
	r.function.Credentials = fcruntime.Credentials(standin.DefaultCredentials)
	for _, name := range endpointSettings {
		if set[name] != "" {
			r.Notes = append(r.Notes, name+" is not used: the stand-in takes its place; REAL=1 or --real uses it")
		}
		set[name] = url
	}
	r.narrowRegions(set)
	return nil
}

// narrowRegions keeps one of several regions: they need {region} in the address of the services, and a stand-in has one
// address.
func (r *Run) narrowRegions(set map[string]string) {
	regions, _ := config.SplitList(set[regionsSetting]) // an empty one is no error here
	if len(regions) < 2 {
		return
	}
	kept := regions[0]
	if slices.Contains(regions, r.Region) {
		kept = r.Region
	}
	r.Notes = append(r.Notes, fmt.Sprintf("REGIONS is %s here: a stand-in is one region's", Printable(kept, maxLine)))
	set[regionsSetting] = kept
}

// useAccount takes region and account from the payload only in observe mode: where the function writes, an event that
// names its own account could not be refused.
func (r *Run) useAccount(o Options, set map[string]string) (err error) {
	r.Region, r.Account = cmp.Or(o.Region, set["FC_REGION"]), set["FC_ACCOUNT_ID"]
	if all := EventsOf(o.Payload); r.Mode == config.Observe && slices.ContainsFunc(all, namesSecret) {
		region, account := Place(all)
		r.Region, r.Account = cmp.Or(r.Region, region), cmp.Or(r.Account, account)
	}
	if r.Region == "" || r.Account == "" {
		return errNoAccount
	}
	r.function.Credentials, err = credentialsOf(set)
	return err
}

// Deliver invokes the function once. Its error says why there is no answer.
func (r *Run) Deliver(ctx context.Context) (Result, error) {
	platform, err := fcruntime.Start(r.function)
	if err != nil {
		return Result{}, err
	}
	defer platform.Close()
	done := r.reportProgress()
	got, err := platform.Invoke(ctx, r.payload)
	done()
	log, _ := platform.Output()
	result := Result{OnAccount: r.kms == nil, Answer: got.Payload, Refusal: refusalIn(log)}
	if r.kms != nil {
		result.Calls = r.kms.Calls()
	}
	switch {
	case err != nil:
		return result, fmt.Errorf("invoking the function: %w", err)
	case got.TimedOut:
		return result, errors.New("the function did not answer in time")
	case got.Exited:
		_, stderr := platform.Output()
		return result, fmt.Errorf("the function ended before it answered: %s", cmp.Or(lastLine(stderr), "it printed nothing"))
	case got.Error != nil:
		result.Answer, result.ErrorType = []byte(got.Error.Message), cmp.Or(Printable(got.Error.Type, maxLine), "unknown")
	}
	return result, nil
}

// RotationRequested says whether the function called RotateSecret; on the account it is not known.
func (r *Run) RotationRequested() (requested, known bool) {
	if r.kms == nil {
		return false, false
	}
	return slices.ContainsFunc(r.kms.Calls(), func(c standin.Call) bool { return c.Action == "RotateSecret" }), true
}

func (r *Run) reportProgress() (done func()) {
	if r.progress == nil {
		return func() {}
	}
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for begun, next := time.Now(), quiet; ; next = again {
			select {
			case <-stopped:
				return
			case <-time.After(next):
				fmt.Fprintf(r.progress, "… the function is at work (%s; it has a minute)\n", time.Since(begun).Round(time.Second))
			}
		}
	}()
	return func() { close(stopped); <-ended }
}

// variables reads NAME=value pairs; of a name that comes twice the last counts.
func variables(environ []string) map[string]string {
	set := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		set[name] = value
	}
	return set
}

func lastLine(text []byte) string {
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return Printable(string(lines[len(lines)-1]), 10*maxLine)
}
