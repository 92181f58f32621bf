package alertrules

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// dryRun is an event that did not happen.
type dryRun struct {
	id      string
	arn     string
	failed  time.Time // one second before the current version was made: the secret was rotated since, so nothing is to do
	payload string
}

// dryRunPayload is the vendor's sample of a Failure.
// https://www.alibabacloud.com/help/en/kms/key-management-service/user-guide/monitor-the-rotation-of-dynamic-ecs-secrets
type dryRunPayload struct {
	Product    string        `json:"product"`
	EventTime  string        `json:"eventTime"`
	Level      string        `json:"level"`
	Name       string        `json:"name"`
	RegionID   string        `json:"regionId"`
	ResourceID string        `json:"resourceId"`
	Status     string        `json:"status"`
	Content    dryRunContent `json:"content"`
	Version    string        `json:"ver"`
}

type dryRunContent struct {
	EventID           string `json:"eventId"`
	SecretName        string `json:"secretName"`
	SecretType        string `json:"secretType"`
	RotationEntityARN string `json:"RotationEntityArn"`
	RotationStatus    string `json:"rotationStatus"`
	RotationSubType   string `json:"rotationSubType"`
	FailureInfo       struct {
		ErrorCode    string `json:"errorCode"`
		ErrorMessage string `json:"errorMessage"`
	} `json:"failureInfo"`
	FailureTime string `json:"failureTime"`
}

// newDryRun makes an event about a secret that no receiver has to act on.
func newDryRun(region, account string, secret remediation.Secret, current remediation.Version, now time.Time) (dryRun, error) {
	arn, err := arnOf(region, account, secret)
	if err != nil {
		return dryRun{}, err
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	d := dryRun{id: "dry-run-" + hex.EncodeToString(random[:]), arn: arn, failed: current.CreateTime.Add(-time.Second).UTC()}
	p := dryRunPayload{
		Product: "KMS", EventTime: now.In(time.FixedZone("", 8*60*60)).Format("20060102T150405.000-0700"), Level: "CRITICAL",
		Name: events.FailureName, RegionID: region, ResourceID: arn, Status: "Failed", Version: "1.0",
		Content: dryRunContent{
			EventID: d.id, SecretName: secret.Name, SecretType: secret.Type, RotationEntityARN: arn,
			RotationStatus: secret.AutomaticRotation, RotationSubType: "Password", FailureTime: d.failed.Format(time.RFC3339),
		},
	}
	p.Content.FailureInfo.ErrorCode = "DryRun"
	p.Content.FailureInfo.ErrorMessage = "a test of the alert rule, by alert-rules test: nothing failed"
	text, err := json.Marshal(p)
	d.payload = string(text)
	return d, err
}

// arnOf returns the resource name that KMS gives. The account of the environment is used where it gives none, and is
// compared with it: the function would reject an event of another.
func arnOf(region, account string, secret remediation.Secret) (string, error) {
	parts := strings.SplitN(secret.ARN, ":", 5)
	switch {
	case len(parts) == 5 && account != "" && parts[3] != account:
		return "", fmt.Errorf("FC_ACCOUNT_ID is %s, and the secret belongs to %s; nothing was sent; set the one that the function runs in", account, parts[3])
	case len(parts) == 5:
		return secret.ARN, nil
	case account == "":
		return "", errors.New("KMS names no account for the secret, and nothing was sent; set FC_ACCOUNT_ID")
	}
	return "acs:kms:" + region + ":" + account + ":secret/" + secret.Name, nil
}
