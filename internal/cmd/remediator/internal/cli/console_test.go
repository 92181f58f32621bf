package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A person who waits wants to know for what; one who does not wait wants no noise.
func TestWhatTakesLongIsReported(t *testing.T) {
	for took, want := range map[time.Duration]string{
		900 * time.Millisecond: "",
		5 * time.Second:        "… reading it (1s)\n",
		25 * time.Second:       "… reading it (1s)\n… reading it (11s)\n… reading it (21s)\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			var stderr strings.Builder
			c := &Console{Err: &stderr}
			done := c.Progress("reading it")
			time.Sleep(took) // of the bubble's clock
			done()
			if diff := cmp.Diff(want, stderr.String()); diff != "" {
				t.Errorf("after %s (-want +got):\n%s", took, diff)
			}
		})
	}
}
