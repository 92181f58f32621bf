package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// standinRegion is where the stand-in is.
const standinRegion = "cn-hangzhou"

// onStandIn keeps somebody who forgot a flag from believing what it prints.
const onStandIn = "this is a stand-in with invented secrets, not your account: --real talks to it"

// inMemory is the address of what no connection of the network leads to.
const inMemory = "http://127.0.0.1:1"

// dialFunc opens a connection.
type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// cloud is what the commands speak to.
type cloud struct {
	client      *alicloud.Client
	credentials func() alicloud.Credentials // a function, since fmt would print a field
	regions     []string
	account     string        // that the environment names; "" for none
	limit       time.Duration // of one call
	console     *console
	stop        func()
}

func (c *cloud) kms(region string) remediation.KMS { return c.client.KMS(region, c.credentials()) }

func (c *cloud) monitor(region string) *alicloud.CloudMonitor {
	return c.client.CloudMonitor(region, c.credentials())
}

// open connects to the account with --real, and else to a stand-in that has a few secrets with records.
func (l commandLine) open() (*cloud, error) {
	c, err := l.connect()
	if err != nil {
		return nil, err
	}
	c.limit, c.console = l.CallTimeout, l.console
	if !l.Real {
		l.console.remark("%s", onStandIn)
	}
	return c, nil
}

func (l commandLine) connect() (*cloud, error) {
	if l.Real {
		return l.openReal()
	}
	for _, region := range l.Region {
		if region != standinRegion {
			return nil, usageError(fmt.Sprintf("--region %s: without --real there is a stand-in in %s only", region, standinRegion))
		}
	}
	dial, stop := standin.Pipe(exampleKMS())
	client, err := alicloud.New(alicloud.Options{KMSEndpoint: inMemory, CloudMonitorEndpoint: inMemory, DialContext: dial, UserAgent: version.Version})
	if err != nil {
		stop()
		return nil, err
	}
	credentials := alicloud.Credentials(standin.DefaultCredentials)
	return &cloud{client: client, credentials: func() alicloud.Credentials { return credentials }, regions: []string{standinRegion}, stop: stop}, nil
}

func (l commandLine) openReal() (*cloud, error) {
	regions := l.Region
	if region := os.Getenv("FC_REGION"); len(regions) == 0 && region != "" {
		regions = []string{region}
	}
	if len(regions) == 0 {
		return nil, usageError("no region: want --region or FC_REGION")
	}
	for _, region := range regions {
		if err := events.CheckRegion(region); err != nil {
			return nil, usageError(fmt.Sprintf("region %q: %v", region, err))
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
	client, err := alicloud.New(alicloud.Options{
		KMSEndpoint:          os.Getenv("KMS_ENDPOINT"),
		CloudMonitorEndpoint: os.Getenv("CLOUDMONITOR_ENDPOINT"),
		DialContext:          l.dial,
		UserAgent:            version.Version,
	})
	if err != nil {
		return nil, err
	}
	return &cloud{client: client, credentials: func() alicloud.Credentials { return credentials }, regions: regions, account: os.Getenv("FC_ACCOUNT_ID"), stop: client.CloseIdleConnections}, nil
}
