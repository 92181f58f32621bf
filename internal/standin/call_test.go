package standin

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Every claim about how many calls were made, and in which order, is read from this record.
func TestCallsAreRecordedAsTheyCame(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	c.call("TagResource", "SecretName", secretName, "Tags", `[{"TagKey":"k","TagValue":"v"}]`)
	c.call("RotateSecret", "SecretName", k.arn(secretName), "VersionId", "v2")
	c.call("DescribeSecret", "SecretName", "other")
	c.call("DescribeSecret", "SecretName", secretName, "AccessKeyId", "forged-key")
	id := func(n string) string { return "00000000-0000-4000-8000-00000000000" + n }
	want := []Call{
		{Action: "TagResource", Secret: secretName, Tags: map[string]string{"k": "v"}, AccessKeyID: "STS.…", RequestID: id("1"), Time: start, Acted: true, Status: 200},
		{Action: "RotateSecret", Secret: secretName, VersionID: "v2", AccessKeyID: "STS.…", RequestID: id("2"), Time: start, Acted: true, Status: 200},
		{Action: "DescribeSecret", Secret: "other", AccessKeyID: "STS.…", RequestID: id("3"), Time: start, Status: 404, Code: "Forbidden.ResourceNotFound"},
		{Action: "DescribeSecret", Secret: secretName, AccessKeyID: "forg…", RequestID: id("4"), Time: start, Status: 404, Code: "InvalidAccessKeyId.NotFound"},
	}
	if diff := cmp.Diff(want, k.Calls(), cmpopts.IgnoreUnexported(Call{}), cmpopts.IgnoreFields(Call{}, "Params")); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	wantParams := url.Values{
		"Action": {"DescribeSecret"}, "Version": {"2016-01-20"}, "Format": {"JSON"}, "RegionId": {"cn-hangzhou"},
		"SecretName": {"other"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "SignatureType": {""},
		"SignatureNonce": {"3"}, "Timestamp": {"2026-01-02T03:04:05Z"},
	}
	if diff := cmp.Diff(wantParams, k.Calls()[2].Params); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}

// Least privilege in the README is proved by running with exactly the permissions that it lists.
func TestOnlyWhatIsAllowedIsPermitted(t *testing.T) {
	k, c, _ := serveKMS(t, Options{Allow: []string{"kms:DescribeSecret"}})
	if got := c.call("DescribeSecret", "SecretName", secretName); got.status != 200 {
		t.Errorf("an allowed action answered %d %s, want 200", got.status, got.text)
	}
	if got := c.rotate("v2"); got.status != 403 || got.code() != "Forbidden.NoPermission" {
		t.Errorf("another answered %d %s, want 403 Forbidden.NoPermission", got.status, got.text)
	}
	if n := len(k.Rotations(secretName)); n != 0 {
		t.Errorf("%d rotations without permission, want 0", n)
	}
}
