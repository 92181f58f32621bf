package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// StandinRegion is where the stand-in is.
const StandinRegion = "cn-hangzhou"

// OnStandIn keeps somebody who forgot a flag from believing what it prints.
const OnStandIn = "this is a stand-in with invented secrets, not your account: --real talks to it"

// InMemory is the address of what no connection of the network leads to.
const InMemory = "http://127.0.0.1:1"

// DialFunc opens a connection.
type DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// Account is what the commands speak to.
type Account struct {
	client      *alicloud.Client
	credentials func() alicloud.Credentials // a function, since fmt would print a field
	Regions     []string
	ID          string       // of the account, as the environment names it; "" for none
	Standin     *standin.KMS // nil with --real
	Console     *Console

	limit time.Duration // of one call
	stop  func()
}

// Close ends the connections, and the stand-in.
func (c *Account) Close() { c.stop() }

// Region is the account in one region.
type Region struct {
	Name    string
	ID      string // of the account
	Console *Console

	account *Account
}

// In is the account in a region.
func (c *Account) In(region string) Region {
	return Region{Name: region, ID: c.ID, Console: c.Console, account: c}
}

// one is for a command about one region.
func (c *Account) one() (Region, error) {
	if n := len(c.Regions); n != 1 {
		return Region{}, UsageError(fmt.Sprintf("--region: want one for this command, there are %d", n))
	}
	return c.In(c.Regions[0]), nil
}

// KMS is that of the region.
func (r Region) KMS() remediation.KMS { return r.account.client.KMS(r.Name, r.account.credentials()) }

// Monitor is the CloudMonitor of the region.
func (r Region) Monitor() *alicloud.CloudMonitor {
	return r.account.client.CloudMonitor(r.Name, r.account.credentials())
}

// Secret reads one secret.
func (r Region) Secret(ctx context.Context, name string) (remediation.Secret, error) {
	return Read(ctx, r, "the secret "+name, r.KMS().DescribeSecret, name)
}

// Version reads the version of a secret that is current.
func (r Region) Version(ctx context.Context, secret string) (remediation.Version, error) {
	return Read(ctx, r, "the versions of "+secret, r.KMS().CurrentVersion, secret)
}

// Open connects to the account with --real, and else to a stand-in that has a few secrets with records.
func (l Line) Open() (*Account, error) {
	open := l.openStandin
	if l.Real {
		open = l.openReal
	}
	c, err := open()
	if err != nil {
		return nil, err
	}
	c.limit, c.Console = l.CallTimeout, l.Console
	if !l.Real {
		l.Console.Warnf("%s", OnStandIn)
	}
	return c, nil
}

func (l Line) openStandin() (*Account, error) {
	for _, region := range l.Region {
		if region != StandinRegion {
			return nil, UsageError(fmt.Sprintf("--region %s: without --real there is a stand-in in %s only", region, StandinRegion))
		}
	}
	k := l.Example()
	dial, stop := standin.Pipe(k)
	c, err := newAccount(alicloud.Options{KMSEndpoint: InMemory, CloudMonitorEndpoint: InMemory, DialContext: dial}, alicloud.Credentials(standin.DefaultCredentials))
	if err != nil {
		stop()
		return nil, err
	}
	c.Regions, c.Standin, c.stop = []string{StandinRegion}, k, stop
	return c, nil
}

func newAccount(o alicloud.Options, credentials alicloud.Credentials) (*Account, error) {
	o.UserAgent = version.Version
	client, err := alicloud.New(o)
	if err != nil {
		return nil, err
	}
	return &Account{client: client, credentials: func() alicloud.Credentials { return credentials }, stop: client.CloseIdleConnections}, nil
}

func (l Line) openReal() (*Account, error) {
	var regions []string
	for _, region := range l.Region {
		if !slices.Contains(regions, region) {
			regions = append(regions, region)
		}
	}
	if region := os.Getenv("FC_REGION"); len(regions) == 0 && region != "" {
		regions = []string{region}
	}
	if len(regions) == 0 {
		return nil, UsageError("no region: want --region or FC_REGION")
	}
	for _, region := range regions {
		if err := events.CheckRegion(region); err != nil {
			return nil, UsageError(fmt.Sprintf("region %q: %v", region, err))
		}
	}
	credentials := alicloud.Credentials{
		AccessKeyID:     os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"),
		AccessKeySecret: os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
		SecurityToken:   os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN"),
	}
	if credentials.AccessKeyID == "" || credentials.AccessKeySecret == "" {
		return nil, errors.New("no credentials: want ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET")
	}
	c, err := newAccount(alicloud.Options{KMSEndpoint: os.Getenv("KMS_ENDPOINT"), CloudMonitorEndpoint: os.Getenv("CLOUDMONITOR_ENDPOINT"), DialContext: l.Dial}, credentials)
	if err != nil {
		return nil, err
	}
	c.Regions, c.ID = regions, os.Getenv("FC_ACCOUNT_ID")
	return c, nil
}
