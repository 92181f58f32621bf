package eventlog

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

type commands struct {
	Events Command `cmd:""`
}

func command(t *testing.T, args ...string) clitest.Said {
	t.Helper()
	return clitest.Run(t, &commands{}, nil, args...)
}

// threeEvents is an account with two failures and a success, and one event that is older than a day.
func threeEvents(t *testing.T, behavior standin.Behavior) *clitest.Clocked {
	t.Helper()
	c := clitest.Account(t, behavior)
	for _, name := range []string{"acs/ecs/a", "acs/ecs/b", "acs/ecs/old"} {
		c.Put(standin.Secret{Name: name})
	}
	c.FailedAgo("acs/ecs/old", 50*time.Hour)
	c.FailedAgo("acs/ecs/a", 3*time.Hour)
	c.FailedAgo("acs/ecs/b", 2*time.Hour)
	c.WorkedAgo("acs/ecs/a", time.Hour)
	return c
}

func listEvents(t *testing.T, args ...string) []eventRow {
	t.Helper()
	got := command(t, append([]string{"--real", "-o", "json", "events"}, args...)...)
	var list struct{ Events []eventRow }
	if err := json.Unmarshal([]byte(got.Stdout), &list); err != nil || got.Status != clitest.Done {
		t.Fatalf("status %d, %v: %s%s", got.Status, err, got.Stdout, got.Stderr)
	}
	return list.Events
}

// A person who searches after a failed rotation sees the newest first, and why it failed, however CloudMonitor answers.
func TestEventsAreListedNewestFirstWithTheirCause(t *testing.T) {
	want := []eventRow{
		{Name: events.SuccessName, Level: "INFO", Region: cli.StandinRegion, Secret: "acs/ecs/a", Status: "Normal"},
		{Name: events.FailureName, Level: "CRITICAL", Region: cli.StandinRegion, Secret: "acs/ecs/b", Status: "Failed", Cause: "InstanceNotRunning"},
		{Name: events.FailureName, Level: "CRITICAL", Region: cli.StandinRegion, Secret: "acs/ecs/a", Status: "Failed", Cause: "InstanceNotRunning"},
	}
	for name, behavior := range clitest.Histories() {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			threeEvents(t, behavior)
			got := listEvents(t)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(eventRow{}, "ID", "Time")); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if !strings.HasPrefix(got[0].ID, "event-") {
				t.Errorf("the id is %s; want that of the content, which the log of the function shows", got[0].ID)
			}
			if len(got) == 3 && (got[0].ID == got[1].ID || got[0].ID == "" || !got[0].Time.After(got[1].Time)) {
				t.Errorf("ids and times are %+v, want ids that differ and times that fall", got)
			}
		})
	}
}

// A filter that lets something through, or keeps something back, sends a person after the wrong secret.
func TestFiltersLeaveOutWhatWasNotAskedFor(t *testing.T) {
	c := threeEvents(t, standin.Behavior{})
	for _, row := range []struct {
		args string
		want []string
	}{
		{"--type failure", []string{"acs/ecs/b", "acs/ecs/a"}},
		{"--type success", []string{"acs/ecs/a"}},
		{"--level INFO", []string{"acs/ecs/a"}},
		{"--name " + events.FailureName, []string{"acs/ecs/b", "acs/ecs/a"}},
		{"--name " + events.FailureName + " --type success", nil},
		{"--name Secret:Other", nil},
		{"--secret acs/ecs/a", []string{"acs/ecs/a", "acs/ecs/a"}},
		{"--secret acs/ecs/a --type failure", []string{"acs/ecs/a"}},
		{"--secret acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/b", []string{"acs/ecs/b"}},
		{"--since 150m", []string{"acs/ecs/a", "acs/ecs/b"}},
		{"--since 7d --secret acs/ecs/old", []string{"acs/ecs/old"}},
		{"--from " + time.Now().Add(-150*time.Minute).UTC().Format(time.RFC3339) + " --to " + time.Now().Add(-90*time.Minute).UTC().Format(time.RFC3339), []string{"acs/ecs/b"}},
	} {
		t.Run(row.args, func(t *testing.T) {
			var got []string
			for _, event := range listEvents(t, strings.Fields(row.args)...) {
				got = append(got, event.Secret)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("secrets (-want +got):\n%s", diff)
			}
		})
	}
	for _, call := range c.Calls() {
		if call.Action != "DescribeSystemEventAttribute" {
			t.Errorf("called %s: a list needs nothing else", call.Action)
		}
	}
}

// No document says whether a region's history holds the events of others: one that is listed twice seems to be two.
func TestAnEventThatTwoRegionsGiveIsListedOnce(t *testing.T) {
	both := map[string]*standin.KMS{}
	for _, region := range []string{"cn-hangzhou", "cn-beijing"} {
		both[region] = standin.New(standin.Options{Region: region, Allow: policy.Operator.Actions()})
		if err := both[region].Record(clitest.FailureOf("acs/ecs/a", time.Now().Truncate(time.Hour))); err != nil {
			t.Fatal(err)
		}
	}
	clitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		both[r.URL.Query().Get("RegionId")].ServeHTTP(w, r)
	}))
	got := command(t, "--real", "--region", "cn-hangzhou", "--region", "cn-beijing", "-o", "json", "events")
	if count := strings.Count(got.Stdout, `"id"`); got.Status != clitest.Done || count != 1 {
		t.Errorf("status %d, listed %d events, want 1\n%s", got.Status, count, got.Stderr)
	}
}

// The id of a list has to lead to the detail, whether CloudMonitor gives one or not.
func TestTheIDOfAListLeadsToTheWholeEvent(t *testing.T) {
	for name, behavior := range clitest.Histories() {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			threeEvents(t, behavior)
			listed := listEvents(t, "--type", "failure")[0]
			again := listEvents(t, "--type", "failure")[0]
			if listed.ID != again.ID {
				t.Fatalf("the id is %s and then %s: nobody can name the event", listed.ID, again.ID)
			}
			got := command(t, "--real", "-o", "json", "events", "show", listed.ID)
			var shown struct{ Event eventDetail }
			if err := json.Unmarshal([]byte(got.Stdout), &shown); err != nil || got.Status != clitest.Done {
				t.Fatalf("status %d, %v: %s%s", got.Status, err, got.Stdout, got.Stderr)
			}
			if diff := cmp.Diff(listed, shown.Event.eventRow); diff != "" || shown.Event.Product != "KMS" || !strings.HasSuffix(shown.Event.Resource, ":secret/acs/ecs/b") {
				t.Errorf("product %s, resource %s, the rest (-listed +shown):\n%s", shown.Event.Product, shown.Event.Resource, diff)
			}
			if _, isText := shown.Event.Content.(string); isText {
				t.Errorf("the content is text, want JSON: %v", shown.Event.Content)
			}
			text := command(t, "--real", "events", "show", listed.ID)
			for _, part := range []string{listed.ID, "InstanceNotRunning", "rotationStatus", "failureTime", "{\n"} {
				if !strings.Contains(text.Stdout, part) {
					t.Errorf("the detail lacks %s:\n%s", part, text.Stdout)
				}
			}
		})
	}
}

// A list that ends early without a word is taken for the whole.
func TestAllPagesAreReadAndACutIsSaid(t *testing.T) {
	c := clitest.Account(t, standin.Behavior{})
	c.Put(standin.Secret{Name: "acs/ecs/a"})
	for n := range 250 {
		c.FailedAgo("acs/ecs/a", time.Duration(n+1)*time.Minute)
	}
	if got := len(listEvents(t)); got != 250 {
		t.Errorf("listed %d events, want 250", got)
	}
	var stderr strings.Builder
	line := cli.Line{Real: true, CallTimeout: time.Second, Console: &cli.Console{Err: &stderr}, Dial: clitest.Dial()}
	account, err := line.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer account.Close()
	got, err := Read(t.Context(), account, Query{Names: []string{events.FailureName}, From: time.Now().Add(-24 * time.Hour), To: time.Now(), Pages: 2})
	if !errors.Is(err, ErrCut) || len(got) != 200 || !strings.Contains(stderr.String(), "after 200 the others are left out") {
		t.Errorf("read %d events with error %v and said %q, want 200 and a word about the others", len(got), err, stderr.String())
	}
}

// CloudMonitor forgets: who asks for a year must not take what is left for the year.
func TestMoreThanIsKeptIsSaid(t *testing.T) {
	threeEvents(t, standin.Behavior{})
	command(t, "--real", "events", "--since", "120d").Want(t, clitest.Done, "90 days")
}

func TestATimeThatCannotBeReadIsWrongUse(t *testing.T) {
	for _, args := range []string{
		"--since soon", "--since -1h", "--since 0d", "--from yesterday", "--to 2026-01-02", "--since 1h --from 2026-01-02",
		"--from 2026-01-03 --to 2026-01-02", "--type other", "show", "show a b",
	} {
		clitest.VirtualRow(t, args, func(t *testing.T) {
			threeEvents(t, standin.Behavior{})
			got := command(t, append([]string{"--real", "events"}, strings.Fields(args)...)...)
			if got.Status != clitest.Usage || got.Stdout != "" || strings.Count(got.Stderr, "\n") != 1 {
				t.Errorf("status %d, stdout %q, stderr %q; want %d and one line", got.Status, got.Stdout, got.Stderr, clitest.Usage)
			}
		})
	}
}

// The person who runs it reads one line, whatever the way is in which CloudMonitor does not answer.
func TestAHistoryThatCannotBeReadIsOneClearLine(t *testing.T) {
	list, detail := []string{"events"}, []string{"events", "show", "x"}
	for name, row := range map[string]struct {
		fault standin.Fault
		args  []string
		want  string
	}{
		"throttled":            {standin.Fault{Kind: standin.Refuse, Status: http.StatusTooManyRequests, Code: "Throttling.User"}, list, "wait a minute"},
		"forbidden":            {standin.Fault{Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"}, detail, "cms:DescribeSystemEventAttribute is granted by internal/policy/operator.json"},
		"an expired token":     {standin.Fault{Kind: standin.Refuse, Status: http.StatusBadRequest, Code: "InvalidSecurityToken.Expired"}, list, "renew the credentials"},
		"no answer":            {standin.Fault{Kind: standin.HangBefore}, detail, "run it again"},
		"answer lost":          {standin.Fault{Kind: standin.ResetAfter}, list, "run it again"},
		"half of an answer":    {standin.Fault{Kind: standin.Truncated}, detail, "run it again"},
		"a gateway's own page": {standin.Fault{Kind: standin.HTML}, list, "run it again"},
	} {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			c := threeEvents(t, standin.Behavior{})
			c.Inject(row.fault)
			got := command(t, slices.Concat([]string{"--real", "-o", "json"}, row.args)...)
			line := clitest.FinalLine(got.Stderr)
			if got.Status != clitest.Failed || got.Stdout != "" || !strings.HasPrefix(line, "remediator: reading the events of cn-hangzhou: ") || !strings.Contains(line, row.want) {
				t.Errorf("status %d, stdout %q, last line %q; want one that says what failed, and %q", got.Status, got.Stdout, line, row.want)
			}
			clitest.HoldsNoSecret(t, got)
		})
	}
}

// An unknown id is a mistake of the person, and an empty answer would seem to be an event without fields.
func TestAnUnknownIDIsAFailure(t *testing.T) {
	threeEvents(t, standin.Behavior{})
	got := command(t, "--real", "events", "show", "unknown")
	if got.Status != clitest.Failed || got.Stdout != "" || !strings.Contains(got.Stderr, `"unknown" among the 3`) && !strings.Contains(got.Stderr, `"unknown" among the 4`) {
		t.Errorf("status %d, stdout %q, stderr %q", got.Status, got.Stdout, got.Stderr)
	}
}

// An event comes from outside: it must not write on the terminal of the person who reads it, nor hide among others.
func TestAnOddEventIsShownAndHarmless(t *testing.T) {
	c := clitest.Account(t, standin.Behavior{})
	payload := "{\"product\":\"KMS\",\"name\":\"" + events.FailureName + "\",\"level\":\"CRITICAL\",\"status\":\"\u009b31mred\",\"regionId\":\"cn-hangzhou\"," +
		"\"resourceId\":\"no secret\",\"content\":{\"x\":\"\u009b2J\"}}"
	if err := c.Record(standin.Event{Time: time.Now().Add(-time.Minute), Name: events.FailureName, Payload: []byte(payload)}); err != nil {
		t.Fatal(err)
	}
	list := command(t, "--real", "events")
	id := strings.Fields(clitest.FinalLine(list.Stdout))
	shown := command(t, "--real", "events", "show", id[len(id)-1])
	list.Want(t, clitest.Done, "cannot be read")
	shown.Want(t, clitest.Done)
	if strings.ContainsRune(list.Stdout+shown.Stdout, '\u009b') {
		t.Error("a control character reaches the terminal")
	}
}

func arn(region, account, name string) string {
	return "acs:kms:" + region + ":" + account + ":secret/" + name
}

// An empty list for a misspelt name seems like good news.
func TestEventsOfASecretThatDoesNotExistAreNoEmptySuccess(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		said   string
	}{
		{"acs/ecs/a", clitest.Done, ""},
		{"a", clitest.Done, ""},
		{"acs/ecs/healthy", clitest.Done, ""},
		{"healthy", clitest.Done, ""},
		{"acs/ecs/health", clitest.Failed, "no secret acs/ecs/health in cn-hangzhou: did you mean acs/ecs/healthy?"},
		{"acs/ec/healthy", clitest.Failed, "did you mean acs/ecs/healthy?"},
		{"acs/ecs/heal-thy", clitest.Failed, "did you mean acs/ecs/healthy?"},
		{"helthy", clitest.Failed, "did you mean acs/ecs/healthy?"},
		{"haelthy", clitest.Failed, "did you mean acs/ecs/healthy?"},
		{"unwell", clitest.Failed, "no secret unwell in cn-hangzhou: names of ECS secrets begin with acs/ecs/"},
		{arn("cn-hangzhou", "1000000000000001", "acs/ecs/healthy"), clitest.Done, ""},
		{arn("cn-hangzhou", "1000000000000001", "acs/ecs/health"), clitest.Failed, "no secret acs/ecs/health in cn-hangzhou: did you mean acs/ecs/healthy?"},
		{arn("cn-hangzhou", "1000000000000001", "healthy"), clitest.Failed, "did you mean acs/ecs/healthy?"},
		{arn("cn-hangzhou", "2000000000000002", "acs/ecs/healthy"), clitest.Failed, "the secret of this name is " + arn("cn-hangzhou", "1000000000000001", "acs/ecs/healthy")},
		{arn("cn-beijing", "1000000000000001", "acs/ecs/healthy"), clitest.Usage, "--secret: it is of cn-beijing: add --region cn-beijing"},
		{"acs:kms:acs/ecs/healthy", clitest.Usage, "--secret: want a name, or an ARN such as acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-1"},
		{"xyz", clitest.Failed, "no secret xyz in cn-hangzhou: names of ECS secrets begin with acs/ecs/"},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			c := threeEvents(t, standin.Behavior{})
			c.Put(standin.Secret{Name: "acs/ecs/healthy"})
			command(t, "--real", "events", "--secret", row.name).Want(t, row.status, row.said)
		})
	}
}
