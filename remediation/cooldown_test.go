package remediation

import (
	"sync"
	"testing"
	"time"
)

// All invocations of an instance share it.
func TestPaceIsSafeForManyCallers(t *testing.T) {
	var pace Cooldown
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				pace.start("cn-hangzhou", now.Add(time.Duration(i)))
				pace.Active("cn-hangzhou", now)
			}
		})
	}
	all.Wait()
	if !pace.Active("cn-hangzhou", now) || pace.Active("cn-beijing", now) || pace.Active("cn-hangzhou", now.Add(time.Second)) {
		t.Error("want the one region held, and until its time only")
	}
}
