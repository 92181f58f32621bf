package remediation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// answering is KMS with an answer of our own to RotateSecret, which does nothing.
type answering struct {
	remediation.KMS
	answer *remediation.CallError
}

func (k answering) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	if k.answer == nil {
		return k.KMS.RotateSecret(ctx, name, versionID)
	}
	return "", k.answer
}

// answer has RotateSecret answered so from now on; nil is KMS's own.
func (a *account) answer(connect func(string) remediation.KMS, with *remediation.CallError) {
	a.remediator.Connect = func(region string) remediation.KMS { return answering{connect(region), with} }
}

// A claim that takes long leaves an old observation: what somebody rotated meanwhile must not be rotated again.
func TestASlowClaimIsFollowedByANewObservation(t *testing.T) {
	again := "describe list tag tag describe list"
	secondTry := []standin.Fault{{Action: tag, Kind: standin.ResetAfter, Times: 1}}
	atClaim := func(do func(*account)) func(*account) {
		return func(a *account) {
			done := false
			a.before = func(c call) {
				if c.action == "tag" && !done {
					done = true
					do(a)
				}
			}
		}
	}
	handleEach(t, []delivery{
		{name: "nothing changed, so the attempt is made", faults: secondTry,
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m1s", Calls: again + " rotate list tag describe"}},
		{name: "another version is current, so the claim is settled", faults: secondTry, given: atClaim((*account).rotateByHand),
			says: []string{"another version became current", "no rotation was requested"},
			want: handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m1s", Calls: again + " tag describe"}},
		{name: "so is one that hung first", faults: []standin.Fault{{Action: tag, Kind: standin.HangBefore, Times: 1}}, given: atClaim((*account).rotateByHand),
			want: handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m6s", Calls: again + " tag describe"}},
		{name: "so is one of an instance that was frozen", given: atClaim(func(a *account) {
			a.remediator.Now = func() time.Time { return time.Now().Add(6 * time.Second) }
			a.rotateByHand()
		}), want: handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m6s", Calls: "describe list tag describe list tag describe"}},
		{name: "a person switched it off", faults: secondTry, given: atClaim(func(a *account) { a.Tag(secret, remediation.SwitchTag, "off") }), says: []string{"switched off"},
			want: handled{Outcome: remediation.Skipped, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag tag describe"}},
		{name: "it cannot be read again", faults: append([]standin.Fault{later(1, refuse(list, 500, "InternalFailure"))}, secondTry...), says: []string{"slow claim", "no rotation was requested", "does not count"},
			want: handled{Outcome: remediation.Undecided, Record: "open 0 1s", Calls: "describe list tag tag describe" + tried("list") + " tag", Failed: true}},
		{name: "a claim at once needs none",
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}},
	})
}

// KMS did nothing for a token or a time stamp that it did not take: repeated, that would give up a healthy secret.
func TestARefusedSignatureCostsNoAttempt(t *testing.T) {
	for _, class := range []remediation.Class{remediation.Expired, remediation.StaleSignature} {
		inAccount(t, standin.Options{}, func(a *account) {
			event, connect := a.fail(), a.remediator.Connect
			a.answer(connect, &remediation.CallError{Action: rotate, Class: class, Status: 400, Code: "Refused"})
			for range 2 * a.remediator.Policy.MaxAttempts {
				a.expect(string(class), event, handled{Outcome: remediation.Undecided, Record: "open 0 0s", Calls: "describe list tag tag", Failed: true}, "does not count", "the platform delivers the event again")
				a.wait(time.Second)
			}
			a.answer(connect, nil)
			a.expect("once it is taken", event, handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
		})
	}
}

// A code from an event of long ago sends a person to the wrong machine.
func TestTheCauseIsThatOfTheLastAttempt(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer remediation.CallError
		want   string
		says   string
	}{
		{"answers that were lost", remediation.CallError{Class: remediation.Transient, Status: 503, Code: "ServiceUnavailable"}, "NoAnswer", "the answers of KMS were lost"},
		{"no answer at all", remediation.CallError{Class: remediation.Transient}, "NoAnswer", "the answers of KMS were lost"},
		{"refusals", remediation.CallError{Class: remediation.Refused, Status: 400, Code: "InvalidParameter"}, "InvalidParameter", "KMS does not take the request"},
		{"a rotation that runs", remediation.CallError{Class: remediation.Busy, Status: 409, Code: "Rejected.Running"}, "Running", "no advice is known"},
	} {
		inAccount(t, standin.Options{}, func(a *account) {
			a.remediator.Policy.VerifyWait = 0
			event := a.fail()
			row.answer.Action = rotate
			a.answer(a.remediator.Connect, &row.answer)
			last := a.untilDone(event, 20)
			record, _ := a.record()
			if last.Outcome != remediation.NeedsHuman || record.Cause != row.want || !strings.Contains(last.Reason, "last cause "+row.want) || !strings.Contains(last.Reason, row.says) {
				t.Errorf("%s: %s with cause %q: %s; want needs-human for %s", row.name, last.Outcome, record.Cause, last.Reason, row.want)
			}
			a.handle(event)
			if again, _ := a.record(); again != record {
				t.Errorf("%s: a late copy of the event changed the record to %s", row.name, again)
			}
		})
	}
}

// An account that was in debt for a day would still be the cause once all attempts are spent on a broken instance.
func TestARefundedAttemptLeavesTheCause(t *testing.T) {
	for _, code := range []string{"Forbidden.InDebt", "Rejected.Throttling", "InvalidSecurityToken.Expired"} {
		inAccount(t, standin.Options{}, func(a *account) {
			event := a.fail()
			a.Inject(standin.Fault{Action: rotate, Kind: standin.Refuse, Times: 1, Status: 400, Code: "InvalidParameter"})
			a.handle(event)
			a.wait(10 * time.Minute)
			a.Inject(refuse(rotate, 400, code))
			a.handle(event)
			if record, _ := a.record(); record.Attempts != 1 || record.Cause != "InvalidParameter" {
				t.Errorf("%s: %d attempts with cause %s, want 1 with InvalidParameter, the last that counts", code, record.Attempts, record.Cause)
			}
		})
	}
}

// A tool that manages tags would have each event cause a rotation, for ever, and nobody would be called.
func TestAnInstanceAsksForOneRotationInTheFirstWait(t *testing.T) {
	untagged := func(a *account, _ string) { a.Untag(secret, remediation.RecordTag) }
	for _, row := range []struct {
		name   string
		revert func(a *account, first string)
		fault  standin.Fault
		asks   int // in an hour of events, one a minute
	}{
		{"the record is removed", untagged, standin.Fault{Action: "none"}, 6},
		{"the first record comes back", func(a *account, first string) { a.Tag(secret, remediation.RecordTag, first) }, standin.Fault{Action: "none"}, 6},
		{"answers are lost as well", untagged, standin.Fault{Action: rotate, Kind: standin.ResetBefore}, 6},
		{"a throttled request is none", untagged, refuse(rotate, 429, "Rejected.Throttling"), 6}, // of the cooldown
	} {
		inAccount(t, standin.Options{Behavior: standin.Behavior{Work: time.Second}}, func(a *account) {
			a.remediator.Policy.VerifyWait = 0
			a.neverWorks()
			event := a.fail()
			a.put(remediation.PhaseOpen, 0, 0)
			s, _ := a.Secret(secret)
			first := s.Tags[remediation.RecordTag]
			a.Inject(row.fault)
			asks, said := 0, ""
			for range 60 {
				r := a.handle(event)
				if strings.Contains(a.did(), "rotate") {
					asks++
				} else {
					said = r.Reason
				}
				row.revert(a, first)
				a.wait(time.Minute)
			}
			if asks != row.asks || row.fault.Kind != standin.Refuse && !strings.Contains(said, "tag "+remediation.RecordTag+" was removed or written back") {
				t.Errorf("%s: asked %d times in an hour, want %d: %s", row.name, asks, row.asks, said)
			}
		})
	}
}

// Two secrets of one name in different regions, and another secret, have floors of their own.
func TestTheFloorIsOfOneSecret(t *testing.T) {
	inAccount(t, slow(), func(a *account) {
		a.remediator.Policy.VerifyWait = 0
		event := a.fail()
		a.handle(event)
		const other = "acs/ecs/web-2"
		a.Put(standin.Secret{Name: other})
		if r := a.handle(a.failOf(other)); r.Outcome != remediation.Pending {
			t.Errorf("another secret: %s (%s), want an attempt", r.Outcome, r.Reason)
		}
	})
}

// bound names the instance of each secret.
type bound struct{ remediation.KMS }

func (k bound) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	s, err := k.KMS.DescribeSecret(ctx, name)
	s.InstanceID = "i-bp1"
	return s, err
}

// Fifty secrets may carry one alarm: the instance is what a person needs first.
func TestAResultNamesTheInstance(t *testing.T) {
	for _, row := range []struct {
		name  string
		given func(*account)
		says  string
	}{
		{"an attempt", func(*account) {}, ""},
		{"giving up", func(a *account) { a.put(remediation.PhaseOpen, 5, 0) }, " on instance i-bp1: "},
		{"given up", func(a *account) { a.put(remediation.PhaseNeedsHuman, 5, 0) }, " on instance i-bp1: "},
		{"a cause of the account", func(a *account) { a.Inject(refuse(rotate, 403, "Forbidden.InDebt")) }, " on instance i-bp1: "},
		{"skipped", func(a *account) { a.Tag(secret, remediation.SwitchTag, "off") }, ""},
	} {
		inAccount(t, standin.Options{}, func(a *account) {
			connect := a.remediator.Connect
			a.remediator.Connect = func(region string) remediation.KMS { return bound{connect(region)} }
			event := a.fail()
			row.given(a)
			if r := a.handle(event); r.InstanceID != "i-bp1" || !strings.Contains(r.Reason, row.says) {
				t.Errorf("%s: instance %q, %s; want i-bp1, and that it says %q", row.name, r.InstanceID, r.Reason, row.says)
			}
		})
	}
}

// An expired KMS instance takes all its secrets along: none is given up, and a person has fifteen days.
func TestAnExpiredKMSInstanceNamesItsFifteenDays(t *testing.T) {
	for _, code := range []string{"Rejected.Unavailable", "Forbidden.DKMSInstanceStateInvalid"} {
		inAccount(t, standin.Options{}, func(a *account) {
			event := a.fail()
			a.Inject(refuse(rotate, 409, code))
			for range 2 * a.remediator.Policy.MaxAttempts {
				a.expect(code, event, handled{Outcome: remediation.NeedsHuman, Next: "6h0m0s", Record: "open 0 6h0m0s", Calls: "describe list tag rotate tag"}, "15 days")
				a.wait(6 * time.Hour)
			}
			a.ClearFaults()
			a.expect("once it is renewed", event, handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
		})
	}
}

// The last thing that is read at night is what to paste: hints and failed writes come before it.
func TestTheRemedyStaysTheEndOfAReason(t *testing.T) {
	for name, given := range map[string]func(*account){
		"a hint":          func(*account) {},
		"a write as well": func(a *account) { a.Inject(refuse(tag, 500, "InternalFailure")) },
	} {
		inAccount(t, standin.Options{}, func(a *account) {
			event := a.fail()
			event.ContentName = "acs/ecs/web-2"
			a.put(remediation.PhaseOpen, 5, 0)
			s, _ := a.Secret(secret)
			s.AutomaticRotation = "Enabled"
			a.Put(s)
			given(a)
			if r := a.handle(event); !strings.HasSuffix(r.Reason, "; then run remediator --real --region cn-hangzhou retry "+secret) || !strings.Contains(r.Reason, "acs/ecs/web-2, but the ARN decides; ") {
				t.Errorf("%s: %q does not end with the command", name, r.Reason)
			}
		})
	}
}

// Other names in an event are a hint for people, and never a reason to refuse it.
func TestWhatAnEventSaysBesideTheARNIsMentioned(t *testing.T) {
	for says, change := range map[string]func(*events.Event){
		"the content of the event names acs/ecs/web-2?forged, but the ARN decides": func(e *events.Event) { e.ContentName = "acs/ecs/web-2\nforged" },
		"RotationEntityArn of the event names another secret (acs/ecs/web-2), but resourceId decides": func(e *events.Event) {
			e.EntityARN = "acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-2"
		},
		"eventTime of the event is no time (yesterday?<b>), but the time of the failure counts": func(e *events.Event) { e.UnreadableTime = "yesterday,<b>" },
	} {
		inAccount(t, standin.Options{}, func(a *account) {
			event := a.fail()
			change(&event)
			want := strings.ReplaceAll(strings.ReplaceAll(says, "<", "?"), ">", "?")
			a.expect(says, event, handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, want)
		})
	}
}
