package episodes

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

func TestMain(m *testing.M) { clitest.Main(m) }

type commands struct {
	Status Status `cmd:""`
	Retry  Retry  `cmd:""`
}

func command(t *testing.T, args ...string) clitest.Said {
	t.Helper()
	return clitest.Run(t, &commands{}, nil, args...)
}

var opened = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	name     = "acs/ecs/web-1"
	instance = "i-bp1a2b3c4d5e6f7g8h9i" // the stand-in's, of a secret that names none
)

// account has one secret with a record of its current version, and the rights of the operator and those to repair.
func account(t *testing.T, change func(*remediation.Record, *standin.Secret)) *standin.KMS {
	t.Helper()
	k := standin.New(standin.Options{Allow: slices.Concat(policy.Operator.Actions(), policy.Repair.Actions(), policy.Function.Actions())})
	clitest.Serve(t, k)
	created := time.Now().Add(-30 * 24 * time.Hour).UTC().Truncate(time.Second)
	secret := standin.Secret{
		Name: name, AutomaticRotation: Invalid, RotationInterval: 7 * 24 * time.Hour, InstanceID: instance, Tags: map[string]string{},
		Versions: []standin.Version{{ID: "v1", CreateTime: created, Stages: []string{"ACSCurrent"}}},
	}
	r := remediation.Record{
		Phase: remediation.PhaseNeedsHuman, Attempts: 5, Opened: opened, Due: opened.Add(time.Hour), Cause: "InstanceNotRunning",
		Replaces: remediation.HashOf("acs:kms:cn-hangzhou:1000000000000001:secret/"+name, remediation.Version{ID: "v1", CreateTime: created}),
	}
	if change != nil {
		change(&r, &secret)
	}
	if r.Phase != "" {
		secret.Tags[remediation.RecordTag] = r.String()
	}
	k.Put(secret)
	return k
}

func recordOn(t *testing.T, k *standin.KMS) remediation.Record {
	t.Helper()
	secret, _ := k.Secret(name)
	r, err := remediation.ParseRecord(secret.Tags[remediation.RecordTag])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A person who repaired the cause wants the attempts anew, and nothing else to change.
func TestRetryWritesOnlyTheRecordAnew(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		k := account(t, nil)
		before := recordOn(t, k)
		got := command(t, "--real", "retry", "--yes", name)
		now := time.Now().UTC().Truncate(time.Second)
		want := remediation.Record{Phase: remediation.PhaseOpen, Opened: now, Due: now, Replaces: before.Replaces, Cause: "InstanceNotRunning"}
		if diff := cmp.Diff(want, recordOn(t, k), cmpopts.EquateApproxTime(2*time.Second)); diff != "" || got.Status != clitest.Done {
			t.Errorf("status %d %s, the record (-want +got):\n%s", got.Status, got.Stderr, diff)
		}
		if wrote := clitest.Written(k); !slices.Equal(wrote, []string{"TagResource"}) {
			t.Errorf("wrote %v, want the record and no rotation", wrote)
		}
		for _, shown := range []string{NameOf(name, instance) + " in cn-hangzhou: needs-human since 2026-01-02T03:04:05Z, attempts made: 5", "its schedule is Invalid; after the secret is rotated, and not before", "the timer ticks every 5m"} {
			if !strings.Contains(got.Stdout, shown) {
				t.Errorf("stdout %q, want %q in it", got.Stdout, shown)
			}
		}
		clitest.HoldsNoSecret(t, got)
	})
}

// A secret that is named twice has one episode. A second write could take back a claim that the function made after the first.
func TestRetryWritesEachRecordOnce(t *testing.T) {
	for _, also := range []string{name, strings.TrimPrefix(name, "acs/ecs/")} {
		clitest.Virtually(t, func(t *testing.T) {
			k := account(t, nil)
			got := command(t, "--real", "-o", "json", "retry", "--yes", name, also)
			var value struct{ Retried []episode }
			if err := json.Unmarshal([]byte(got.Stdout), &value); err != nil || len(value.Retried) != 1 || len(clitest.Written(k)) != 1 {
				t.Errorf("%s: %v, status %d, %d episodes, wrote %v; want one", also, err, got.Status, len(value.Retried), clitest.Written(k))
			}
		})
	}
}

// A region that is given twice is one: status would list each record twice, and doctor each finding.
func TestARegionThatIsGivenTwiceIsOne(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		account(t, nil)
		got := command(t, "--real", "-o", "json", "--region", "cn-hangzhou", "--region", "cn-hangzhou", "status")
		if count := strings.Count(got.Stdout, `"phase"`); count != 1 {
			t.Errorf("status %d, %d records, want 1\n%s%s", got.Status, count, got.Stdout, got.Stderr)
		}
	})
}

// A retry that is refused has written nothing, and says why in one line.
func TestRetryRefusesWhereThereIsNothingToTryAgain(t *testing.T) {
	for _, row := range []struct {
		label  string
		change func(*remediation.Record, *standin.Secret)
		args   []string
		status int
		line   string
	}{
		{"healthy", func(r *remediation.Record, _ *standin.Secret) { r.Phase = "" }, nil, clitest.Failed, "it has no record, so no failed episode is known"},
		{"rotated since", func(_ *remediation.Record, s *standin.Secret) {
			s.Versions = append(s.Versions, standin.Version{ID: "v2", CreateTime: time.Now(), Stages: []string{"ACSCurrent"}})
			s.Versions[0].Stages = nil
		}, nil, clitest.Failed, "another version became current since the failure"},
		{"a tag that is no record", func(r *remediation.Record, s *standin.Secret) {
			r.Phase, s.Tags[remediation.RecordTag] = "", "hello"
		}, nil, clitest.Failed, "holds no record of the function: remove the tag"},
		{"switched off", func(_ *remediation.Record, s *standin.Secret) { s.Tags[remediation.SwitchTag] = "off" }, nil, clitest.Failed, "switched off"},
		{"no such secret", nil, []string{"acs/ecs/gone", "--yes"}, clitest.Failed, "acs/ecs/gone"},
		{"one of two", nil, []string{name, "acs/ecs/gone", "--yes"}, clitest.Failed, "acs/ecs/gone"},
		{"nobody to ask", nil, []string{name}, clitest.Usage, "--yes answers"},
		{"no secret", nil, []string{"--yes"}, clitest.Usage, ""},
		{"two regions", nil, []string{name, "--yes", "--region", "cn-hangzhou", "--region", "cn-beijing"}, clitest.Usage, "--region: want one for this command"},
	} {
		clitest.VirtualRow(t, row.label, func(t *testing.T) {
			k := account(t, row.change)
			args := row.args
			if args == nil {
				args = []string{name, "--yes"}
			}
			got := command(t, append([]string{"--real", "retry"}, args...)...)
			if got.Status != row.status || !strings.Contains(clitest.FinalLine(got.Stderr), row.line) || len(clitest.Written(k)) != 0 {
				t.Errorf("status %d, %q, wrote %v; want %d, %q and nothing", got.Status, got.Stderr, clitest.Written(k), row.status, row.line)
			}
		})
	}
}

// Only a record that was shown is replaced: the function may have rotated while the question waited.
func TestRetryStopsWhereTheRecordChangedAfterItWasShown(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		reads := 0
		var k *standin.KMS
		other := account(t, nil)
		secret, _ := other.Secret(name)
		k = standin.New(standin.Options{OnCall: func(c standin.Call, p standin.Phase) {
			if c.Action == "DescribeSecret" && p == standin.AfterCommit {
				if reads++; reads == 2 { // after the one that finds the name
					r, _ := remediation.ParseRecord(secret.Tags[remediation.RecordTag])
					r.Due = r.Due.Add(time.Second)
					k.Tag(name, remediation.RecordTag, r.String())
				}
			}
		}})
		clitest.Serve(t, k)
		k.Put(secret)
		got := command(t, "--real", "retry", "--yes", name)
		if got.Status != clitest.Failed || !strings.Contains(got.Stderr, "changed while the question waited") || len(clitest.Written(k)) != 0 {
			t.Errorf("status %d, %q, wrote %v; want nothing written", got.Status, got.Stderr, clitest.Written(k))
		}
	})
}

// The whole way: given up, tried again by a person, rotated by the next tick of the built function, once.
func TestAfterRetryTheNextTickMakesTheAttemptOnce(t *testing.T) {
	clitest.BesideTheFunction(t)
	k := account(t, nil)
	tick := func() localrun.Result {
		run, err := localrun.New(localrun.Options{
			Binary: "target/main", KMS: k, Mode: config.Act,
			Payload: []byte(`{"triggerName":"sweep","triggerTime":"` + time.Now().UTC().Format(time.RFC3339) + `"}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer run.Close()
		result, err := run.Deliver(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	tick()
	if n := len(k.Rotations(name)); n != 0 {
		t.Fatalf("%d rotations before the retry, want 0: it was given up", n)
	}
	command(t, "--real", "retry", "--yes", name).Want(t, clitest.Done)
	for n := 1; n <= 2; n++ {
		result := tick()
		if rotations := k.Rotations(name); len(rotations) != 1 || !strings.HasPrefix(rotations[0].VersionID, "remediation-1-") {
			t.Fatalf("after tick %d: %+v, want one rotation by attempt 1\n%s", n, rotations, result.Answer)
		}
	}
}

// The last attempt may still be at work on the instance: a second one must wait as if nobody had asked.
func TestARetryWaitsForTheBackoffOfTheLastAttempt(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		k := account(t, func(r *remediation.Record, _ *standin.Secret) {
			r.Due = time.Now().Add(6 * time.Minute).UTC().Truncate(time.Second) // the last of five attempts was 4 minutes ago
		})
		want := recordOn(t, k).Due
		got := command(t, "--real", "-o", "json", "retry", "--yes", name)
		var value struct {
			Retried []struct {
				Secret, InstanceID, Record string
				Next                       time.Time
			}
		}
		if err := json.Unmarshal([]byte(got.Stdout), &value); err != nil || len(value.Retried) != 1 {
			t.Fatalf("%v: %q", err, got.Stdout)
		}
		one := value.Retried[0]
		if r := recordOn(t, k); !r.Due.Equal(want) || r.Attempts != 0 || !one.Next.Equal(want) || one.Record != r.String() || one.InstanceID != instance {
			t.Errorf("due at %s, reported %+v; want %s", r.Due, one, want)
		}
	})
}

// A command that is pasted at night must be whole, and a name from outside must not reach the shell as more than a name.
func TestARemedyIsReadyToPaste(t *testing.T) {
	for _, row := range []struct {
		got  Remedy
		want string
	}{
		{TryAgain("cn-hangzhou", name), "remediator --real --region cn-hangzhou retry acs/ecs/web-1"},
		{TryAgain("cn-hangzhou", "a b;$(x)'"), `remediator --real --region cn-hangzhou retry 'a b;$(x)'\'''`},
		{TryAgain("cn-hangzhou", "--yes"), "remediator --real --region cn-hangzhou retry -- '--yes'"}, // else it is the flag
		{TryAgain("cn-hangzhou", "=ls"), "remediator --real --region cn-hangzhou retry '=ls'"},        // else zsh makes /bin/ls of it
		{RemoveRecord("cn-hangzhou", name), `aliyun kms UntagResource --RegionId cn-hangzhou --SecretName acs/ecs/web-1 --TagKeys '["rotation-remediation-record"]'`},
		{RotateByHand("cn-hangzhou", name), `aliyun kms RotateSecret --RegionId cn-hangzhou --SecretName acs/ecs/web-1 --VersionId "by-hand-$(date +%s)"`},
	} {
		if row.got.Command != row.want {
			t.Errorf("%s, want %s", row.got.Command, row.want)
		}
	}
}

// A program that reads the JSON needs one value with all that the table shows, the most urgent first.
func TestStatusAsJSONIsOneValueWithWhatNeedsAPersonFirst(t *testing.T) {
	k := account(t, nil)
	open := remediation.Record{Phase: remediation.PhaseOpen, Attempts: 2, Opened: opened, Due: opened.Add(time.Hour), Replaces: recordOn(t, k).Replaces}
	k.Put(standin.Secret{Name: "b", Tags: map[string]string{remediation.RecordTag: open.String()}})
	k.Put(standin.Secret{Name: "c", Tags: map[string]string{remediation.RecordTag: "hello"}})
	got := command(t, "--real", "-o", "json", "status")
	var value struct{ Records []Row }
	if err := json.Unmarshal([]byte(got.Stdout), &value); err != nil {
		t.Fatal(err)
	}
	const region = "cn-hangzhou"
	want := []Row{
		{Region: region, Secret: "c", InstanceID: instance, Phase: Unreadable, Reason: "the tag rotation-remediation-record does not hold a record", Remedies: []Remedy{RemoveRecord(region, "c")}},
		{
			Region: region, Secret: name, InstanceID: instance, Phase: "needs-human", Since: opened, Attempts: 5, Next: opened.Add(time.Hour), Cause: "InstanceNotRunning",
			Reason: value.Records[1].Reason, Remedies: []Remedy{TryAgain(region, name), EnableSchedule(region, remediation.Secret{Name: name, RotationInterval: 7 * 24 * time.Hour})},
		},
		{Region: region, Secret: "b", InstanceID: instance, Phase: "open", Since: opened, Attempts: 2, Next: opened.Add(time.Hour), Reason: value.Records[2].Reason},
	}
	if diff := cmp.Diff(want, value.Records); diff != "" || got.Status != clitest.Person {
		t.Errorf("status %d, records (-want +got):\n%s", got.Status, diff)
	}
	if !strings.HasPrefix(value.Records[1].Reason, "given up; ") || !strings.Contains(value.Records[1].Reason, "InstanceNotRunning") {
		t.Errorf("the reason is %q", value.Records[1].Reason)
	}
}

// A person at night copies from the table.
func TestStatusShowsTheInstanceAndTheRemedy(t *testing.T) {
	account(t, nil)
	got := command(t, "--real", "status")
	for _, shown := range []string{name + "  " + cli.Cell(instance), "\n" + NameOf(name, instance) + ", once the cause is repaired:\n  remediator --real --region cn-hangzhou retry acs/ecs/web-1\n", "after the secret is rotated, and not before, since enabling a schedule whose date has passed starts a rotation at once:\n  aliyun kms UpdateSecretRotationPolicy --RegionId cn-hangzhou"} {
		got.Want(t, clitest.Person, shown)
	}
}

// Status is run by people who are allowed to read; where they may not read a secret, its record is still shown.
func TestStatusOnlyReadsAndShowsNoSecret(t *testing.T) {
	k := account(t, nil)
	got := command(t, "--real", "status")
	if wrote := clitest.Written(k); len(wrote) > 0 {
		t.Errorf("wrote %v", wrote)
	}
	clitest.HoldsNoSecret(t, got)
	k.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission"})
	got = command(t, "--real", "status")
	got.Want(t, clitest.Person, name, "the instances are left out")
}

// A refusal is one clear line, not an empty table.
func TestARefusedListingIsAFailure(t *testing.T) {
	k := account(t, nil)
	k.Inject(standin.Fault{Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission"})
	got := command(t, "--real", "status")
	if got.Status != clitest.Failed || got.Stdout != "" || !strings.Contains(got.Stderr, "Forbidden.NoPermission") {
		t.Errorf("status %d, stdout %q, stderr %q; want one line that names the refusal", got.Status, got.Stdout, got.Stderr)
	}
}

// The shell of the operator need not have the settings of the function: a record of it shows that the type is in scope.
func TestRetryTakesEachTypeThatHasARecord(t *testing.T) {
	for _, kind := range []string{"ECS", "Rds", "Redis", "PolarDB"} {
		clitest.VirtualRow(t, kind, func(t *testing.T) {
			k := account(t, func(_ *remediation.Record, s *standin.Secret) { s.Type = kind })
			if got := command(t, "--real", "retry", "--yes", name); got.Status != clitest.Done || recordOn(t, k).Phase != remediation.PhaseOpen {
				t.Errorf("status %d, %s", got.Status, got.Stderr)
			}
		})
	}
}
