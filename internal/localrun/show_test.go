package localrun

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

const failure = `{"product":"KMS","level":"CRITICAL","name":"Secret:RotateSecret:Failure","regionId":"cn-hangzhou",` +
	`"resourceId":"acs:kms:cn-hangzhou:1:secret/acs/ecs/a","content":{"failureTime":"2026-01-02T03:04:05Z"}}`

func shown(payload string, r Result) []string {
	var out strings.Builder
	Show(&out, []byte(payload), r)
	head, _, _ := strings.Cut(out.String(), "\n\n")
	return strings.Split(head, "\n")
}

// A newcomer reads eight lines; each has to say which step of the function it is.
func TestEachStepOfTheFunctionHasItsLine(t *testing.T) {
	ok := func(action string) standin.Call { return standin.Call{Action: action, Status: 200} }
	tag := func(value string) standin.Call {
		return standin.Call{Action: "TagResource", Status: 200, Tags: map[string]string{"record": value}}
	}
	refused := standin.Call{Action: "RotateSecret", VersionID: "remediation-1-a", Status: 429, Code: "Rejected.Throttling"}
	for _, row := range []struct {
		name  string
		calls []standin.Call
		want  []string
	}{
		{"a rotation", []standin.Call{
			ok("DescribeSecret"), ok("ListSecretVersionIds"), tag("open"), {Action: "RotateSecret", VersionID: "remediation-1-a", Status: 200},
			ok("ListSecretVersionIds"), ok("ListSecretVersionIds"), tag("done"), ok("DescribeSecret"),
		}, []string{
			"observe  DescribeSecret, ListSecretVersionIds", "claim    TagResource record = open", "rotate   RotateSecret to version remediation-1-a",
			"verify   ListSecretVersionIds, 2 times", "record   TagResource record = done", "schedule DescribeSecret",
		}},
		{"a refusal", []standin.Call{ok("DescribeSecret"), tag("open"), refused, tag("refund")}, []string{
			"observe  DescribeSecret", "claim    TagResource record = open", "rotate   RotateSecret to version remediation-1-a (429 Rejected.Throttling)",
			"record   TagResource record = refund",
		}},
		{"no call", nil, []string{"calls    none"}},
	} {
		got := shown(failure, Result{Calls: row.calls, Answer: []byte(`{"results":[{"outcome":"pending","reason":"r"}]}`)})
		want := append([]string{"event    Secret:RotateSecret:Failure of acs/ecs/a in cn-hangzhou at 2026-01-02T03:04:05Z"}, row.want...)
		if diff := cmp.Diff(append(want, "result   pending: r"), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// The payload of a stranger reaches the terminal of the person who tries it out.
func TestWhatIsShownOfAPayloadIsBoundedAndPrintable(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for name, payload := range map[string]string{
		"an escape sequence in the name":   `{"product":"KMS","name":"Other\u001b[31m\u009b2J\u202e"}`,
		"a secret's name with one":         strings.Replace(failure, "acs/ecs/a", `acs/ecs/\u001b[2Ja`, 1),
		"a name without an end":            `{"product":"KMS","name":"` + long + `"}`,
		"no JSON, with an escape sequence": "\x1b[2J{",
		"many events":                      "[" + strings.TrimSuffix(strings.Repeat(failure+",", 100), ",") + "]",
		"a request without a token":        `{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"body":"\u001b[2J"}`,
	} {
		got := shown(payload, Result{Answer: fmt.Appendf(nil, `{"results":[{"outcome":"ignored","reason":"\u001b]0;x %s"}]}`, long)})
		for _, line := range got {
			if utf8.RuneCountInString(line) > 2*maxLine+10 || strings.ContainsAny(line, "\x1b\u009b\u202e") {
				t.Errorf("%s: %.300q", name, line)
			}
		}
		if len(got) > maxShown+4 {
			t.Errorf("%s: %d lines", name, len(got))
		}
	}
	if got := Indent([]byte("{\"a\":\"\u009b2J\"}")); got != "{\n  \"a\": \"?2J\"\n}" {
		t.Errorf("the answer is shown as %q", got)
	}
}

// An answer without results is not a failure to read it.
func TestAnAnswerOfEachFormHasItsLine(t *testing.T) {
	const turnedAway = "{\"message\":\"callback refused\",\"status\":403,\"reason\":\"no token is set\"}\n"
	for answer, want := range map[string]string{
		`{"results":[]}`:                        "result   nothing was due",
		`{"results":[],"counts":{"waiting":3}}`: "result   waiting: 3, not listed",
		`{"statusCode":403,"body":"no"}`:        "result   the request is refused with HTTP status 403: no token is set",
		`{"statusCode":400,"body":"{\"results\":[{\"outcome\":\"rejected\",\"reason\":\"r\"}]}"}`: "result   rejected: r",
		`{"statusCode":200,"body":"{\"results\":[]}"}`:                                            "result   nothing was due",
		`{"statusCode":200,"body":"{\"results\":[{\"outcome\":\"rotated\",\"reason\":\"r\"}]}"}`:  "result   rotated: r",
	} {
		got := shown(`{"triggerName":"t","triggerTime":"2026-01-02T03:05:00Z"}`, Result{Answer: []byte(answer), Refusal: refusalIn([]byte("FC Invoke Start\n" + turnedAway + "FC Invoke End\n"))})
		if diff := cmp.Diff([]string{"event    a tick of the timer", "calls    none", want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", answer, diff)
		}
	}
}
