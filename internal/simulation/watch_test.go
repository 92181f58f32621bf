package simulation

import (
	"context"
	"errors"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// watchedKMS is the real client, and tells the oracle of each call: what it asks for, what it was answered, and what it
// changed.
type watchedKMS struct {
	*alicloud.KMS
	i *invocation
}

func (k watchedKMS) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	k.i.enter("DescribeSecret")
	s, err := k.KMS.DescribeSecret(ctx, name)
	if err == nil {
		k.i.lagging(&s)
		k.i.described(s)
	}
	k.i.leave("DescribeSecret → "+s.Tags[remediation.RecordTag]+" "+s.Tags[remediation.SwitchTag], err)
	return s, err
}

func (k watchedKMS) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	k.i.enter("CurrentVersion")
	v, err := k.KMS.CurrentVersion(ctx, name)
	if err == nil {
		k.i.sawCurrent(v)
	}
	k.i.leave("CurrentVersion → "+v.ID+" of "+v.CreateTime.Format(time.DateTime), err)
	return v, err
}

func (k watchedKMS) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	k.i.enter("RotateSecret")
	k.i.rotates(versionID)
	id, err := k.KMS.RotateSecret(ctx, name, versionID)
	k.i.rotated(classOf(err))
	k.i.leave("RotateSecret "+versionID, err)
	return id, err
}

func (k watchedKMS) TagSecret(ctx context.Context, name, key, value string) error {
	k.i.enter("TagSecret")
	k.i.writes(key, value)
	err := k.KMS.TagSecret(ctx, name, key, value)
	k.i.wrote(err)
	k.i.leave("TagSecret "+value, err)
	return err
}

func (k watchedKMS) UntagSecret(ctx context.Context, name, key string) error {
	k.i.enter("UntagSecret")
	k.i.removes(key)
	err := k.KMS.UntagSecret(ctx, name, key)
	k.i.wrote(err)
	k.i.leave("UntagSecret", err)
	return err
}

func (k watchedKMS) ListTagged(ctx context.Context, key, token string) (remediation.TagPage, error) {
	k.i.enter("ListTagged")
	page, err := k.KMS.ListTagged(ctx, key, token)
	k.i.laggingList(&page)
	k.i.leave("ListTagged", err)
	return page, err
}

// watchedMonitor is the same for CloudMonitor.
type watchedMonitor struct {
	*alicloud.CloudMonitor
	i *invocation
}

func (m watchedMonitor) RotationEvents(ctx context.Context, name string, from, to time.Time, page int) (remediation.HistoryPage, error) {
	m.i.enter("RotationEvents")
	got, err := m.CloudMonitor.RotationEvents(ctx, name, from, to, page)
	m.i.readPast(name, from, got.More, classOf(err))
	m.i.leave("RotationEvents "+name+" from "+from.Format(time.DateTime), err)
	return got, err
}

// classOf returns the class of the error of a call, "" for none.
func classOf(err error) remediation.Class {
	var call *remediation.CallError
	if errors.As(err, &call) {
		return call.Class
	}
	return ""
}
