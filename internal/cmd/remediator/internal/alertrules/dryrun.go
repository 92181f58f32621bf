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

// newDryRun makes an event about a secret that no receiver has to act on, in the form of the vendor's sample of a Failure.
// https://www.alibabacloud.com/help/en/kms/key-management-service/user-guide/monitor-the-rotation-of-dynamic-ecs-secrets
func newDryRun(region, account string, secret remediation.Secret, current remediation.Version, now time.Time) (dryRun, error) {
	arn, err := arnOf(region, account, secret)
	if err != nil {
		return dryRun{}, err
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	d := dryRun{id: "dry-run-" + hex.EncodeToString(random[:]), arn: arn, failed: current.CreateTime.Add(-time.Second).UTC()}
	text, err := json.Marshal(map[string]any{
		"product": "KMS", "eventTime": now.In(time.FixedZone("", 8*60*60)).Format("20060102T150405.000-0700"), "level": "CRITICAL",
		"name": events.FailureName, "regionId": region, "resourceId": arn, "status": "Failed", "ver": "1.0",
		"content": map[string]any{
			"eventId": d.id, "secretName": secret.Name, "secretType": secret.Type, "RotationEntityArn": arn,
			"rotationStatus": secret.AutomaticRotation, "rotationSubType": "Password", "failureTime": d.failed.Format(time.RFC3339),
			"failureInfo": map[string]string{"errorCode": "DryRun", "errorMessage": "a test of the alert rule, by alert-rules test: nothing failed"},
		},
	})
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
