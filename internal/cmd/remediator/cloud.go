package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// standinRegion is where the stand-in is.
const standinRegion = "cn-hangzhou"

// cloud is what the commands speak to.
type cloud struct {
	client      *alicloud.Client
	credentials func() alicloud.Credentials // a function, since fmt would print a field
	regions     []string
	stop        func()
}

func (c *cloud) kms(region string) remediation.KMS { return c.client.KMS(region, c.credentials()) }

// open connects to the account with --real, and else to a stand-in that has a few secrets with records.
func (l commandLine) open() (*cloud, error) {
	if l.Real {
		return l.openReal()
	}
	for _, region := range l.Region {
		if region != standinRegion {
			return nil, fmt.Errorf("--region %s: without --real there is a stand-in in %s only", region, standinRegion)
		}
	}
	url, stop, err := standin.Serve(exampleKMS())
	if err != nil {
		return nil, err
	}
	client, err := alicloud.New(alicloud.Options{KMSEndpoint: url, CloudMonitorEndpoint: url})
	if err != nil {
		stop()
		return nil, err
	}
	credentials := alicloud.Credentials(standin.DefaultCredentials)
	return &cloud{client, func() alicloud.Credentials { return credentials }, []string{standinRegion}, stop}, nil
}

func (l commandLine) openReal() (*cloud, error) {
	regions := l.Region
	if region := os.Getenv("FC_REGION"); len(regions) == 0 && region != "" {
		regions = []string{region}
	}
	if len(regions) == 0 {
		return nil, errors.New("no region: want --region or FC_REGION")
	}
	for _, region := range regions {
		if err := alicloud.CheckRegion(region); err != nil {
			return nil, fmt.Errorf("region %q: %w", region, err)
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
	})
	if err != nil {
		return nil, err
	}
	return &cloud{client, func() alicloud.Credentials { return credentials }, regions, client.CloseIdleConnections}, nil
}

// exampleKMS has one secret in each phase.
func exampleKMS() *standin.KMS {
	k := standin.New(standin.Options{Region: standinRegion})
	now := time.Now().UTC().Truncate(time.Second)
	for name, record := range map[string]remediation.Record{
		"acs/ecs/web-1": {Phase: remediation.PhaseOpen, Attempts: 2, Opened: now.Add(-15 * time.Minute), Due: now.Add(25 * time.Minute), Cause: "InstanceNotRunning"},
		"acs/ecs/web-2": {Phase: remediation.PhaseDone, Attempts: 1, Opened: now.Add(-time.Hour), Due: now.Add(5 * time.Hour), Cause: "DeliveryTimeout"},
		"acs/ecs/web-3": {Phase: remediation.PhaseNeedsHuman, Attempts: 5, Opened: now.Add(-15 * time.Hour), Due: now.Add(-time.Hour), Cause: "InstanceReleased"},
	} {
		copy(record.Of[:], "0123456789abcdef")
		k.Put(standin.Secret{Name: name, Tags: map[string]string{remediation.RecordTag: record.String()}})
	}
	return k
}
