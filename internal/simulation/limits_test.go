package simulation

import (
	"slices"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// limitSeeds is how many seeds each run of its own plays.
const limitSeeds = 1000

// The limits that the documentation states are real. How often they are touched when everything is done to touch them is
// printed for it, not judged.
func TestTheLimitsAreCounted(t *testing.T) {
	if !*countLimits {
		return // figures for the documentation
	}
	for _, run := range []struct {
		name string
		limits
	}{
		{"lag", limits{lag: 30 * time.Second}},
		{"concurrent", limits{together: true}},
	} {
		all := playAll(t, run.limits, limitSeeds)
		figure(run.name+"_seeds", "%d", limitSeeds)
		for _, kind := range touched {
			figure(run.name+"_"+kind.name, "%d", count(all, kind.properties))
		}
	}
}

// touched says what it means for a customer that a promise is broken in one of these runs.
var touched = []struct {
	name       string
	properties []Property
}{
	{"double_rotations", []Property{OneCallPerClaim}},
	{"repeated_attempts", []Property{AttemptsAreKept, ClaimBeforeCall, ClaimWhenDue, IDOfItsOwn}},
	{"series_too_long", []Property{SeriesIsBounded}},
	{"lost_records", []Property{FailureIsNotLost}},
	{"overwritten_values", []Property{UnreadableIsNotTouched}},
	{"stale_records", []Property{RecordDoesNotStay, ComesToRest}},
}

// count counts the seeds that broke one of the properties.
func count(all []outcome, of []Property) (n int) {
	for _, o := range all {
		if slices.ContainsFunc(o.broken, func(v violation) bool { return slices.Contains(of, v.property) }) {
			n++
		}
	}
	return n
}

// tagged is what the tags were at some time.
type tagged struct {
	at    time.Time
	value string
	found bool
}

// remember notes the record for a reader that lags.
func (o *oracle) remember() {
	if o.run.lag == 0 {
		return
	}
	if n := len(o.tags); n > 0 && o.tags[n-1].value == o.truth.value && o.tags[n-1].found == o.truth.found {
		return
	}
	o.tags = append(o.tags, tagged{time.Now(), o.truth.value, o.truth.found})
}

// stale is the record as it was a while ago.
func (o *oracle) stale() (seen tagged) {
	for _, t := range o.tags {
		if !t.at.After(time.Now().Add(-o.run.lag)) {
			seen = t
		}
	}
	return seen
}

// lagging gives a reader of one secret the record as it was a while ago.
func (i *invocation) lagging(s *remediation.Secret) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	if i.run.lag == 0 {
		return
	}
	if s.Tags == nil {
		s.Tags = map[string]string{}
	}
	delete(s.Tags, remediation.RecordTag)
	if seen := i.oracle.stale(); seen.found {
		s.Tags[remediation.RecordTag] = seen.value
	}
}

// laggingList does the same for a list.
func (i *invocation) laggingList(page *remediation.TagPage) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	if i.run.lag == 0 {
		return
	}
	page.Tagged = nil
	if seen := i.oracle.stale(); seen.found {
		page.Tagged = []remediation.Tagged{{Secret: secret, Value: seen.value}}
	}
}
