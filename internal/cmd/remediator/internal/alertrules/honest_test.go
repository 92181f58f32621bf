package alertrules

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// forgetful is a CloudMonitor that says that it made a rule for reports, and made none.
type forgetful struct{ *standin.KMS }

func (f forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("Action") != "PutCustomEventRule" {
		f.KMS.ServeHTTP(w, r)
		return
	}
	fmt.Fprint(w, `{"RequestId":"1","Success":true,"Code":"200"}`)
}

// That a call is answered with success is not that its rule is there.
func TestApplyFailsWhereTheRuleForReportsIsListedAndNotThere(t *testing.T) {
	k := accountIn(t, standin.Behavior{CustomRulesListed: true})
	args := []string{"--topic", "rotation-events", "--contact-group"}
	apply(t, append(args, "a", "--reports")...)
	clitest.Serve(t, forgetful{k})
	got := apply(t, append(args, "b", "--reports")...)
	if got.Status != clitest.Failed || strings.Contains(got.Stdout, "all as wanted") || !strings.Contains(got.Stderr, "is not there when read back") {
		t.Errorf("status %d, %q, %q; want a failure that says so", got.Status, got.Stdout, got.Stderr)
	}
}

// Who reads "remains to be seen" is careful; who reads "all as wanted" goes to bed.
func TestApplyDoesNotClaimToHaveReadWhatIsNotListed(t *testing.T) {
	account(t)
	got := apply(t, "--topic", "rotation-events", "--contact-group", "a", "--reports")
	if got.Status != clitest.Done || strings.Contains(got.Stdout, "read back: all as wanted") || !strings.Contains(got.Stdout, "but for the rule for reports") {
		t.Errorf("status %d, %q", got.Status, got.Stdout)
	}
}
