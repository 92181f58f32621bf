package standin

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// A fleet that paces itself for one kind of window must not find itself throttled in the other.
func TestAnHourIsCountedAsTheBehaviorSays(t *testing.T) {
	// The first two calls come at 03:04:05, so the clock's hour ends 55m55s later.
	tests := []struct {
		name   string
		window Window
		after  time.Duration
		want   int
	}{
		{"fixed, within the hour of the clock", Fixed, 55 * time.Minute, 429},
		{"fixed, in the next hour of the clock", Fixed, 56 * time.Minute, 200},
		{"sliding, in the next hour of the clock", Sliding, 56 * time.Minute, 429},
		{"sliding, an hour later", Sliding, time.Hour, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, c, clock := serveKMS(t, Options{Behavior: Behavior{HourlyWindow: tt.window, RotationsPerHour: 2}})
			c.rotate("v2")
			c.rotate("v3")
			clock.advance(tt.after)
			if got := c.rotate("v4"); got.status != tt.want {
				t.Errorf("third call answered %d %s, want %d", got.status, got.text, tt.want)
			}
		})
	}
}

// A client that hammers a full quota keeps it full with one of these behaviors.
func TestRefusedCallsUseUpTheQuotaOnlyWhereTheBehaviorSaysSo(t *testing.T) {
	for count, want := range map[bool]int{false: http.StatusOK, true: http.StatusTooManyRequests} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			_, c, _ := serveKMS(t, Options{Behavior: Behavior{RotationsPerHour: 1, RefusedCallsCount: count}})
			c.call("RotateSecret", "SecretName", "other", "VersionId", "v2")
			if got := c.rotate("v2"); got.status != want {
				t.Errorf("the call after a refused one answered %d %s, want %d", got.status, got.text, want)
			}
		})
	}
}

// The default has to be the documented one, and the code beyond it is a guess that a test may change.
func TestTheCallBeyondTheLimitIsRefused(t *testing.T) {
	tests := []struct {
		name     string
		behavior Behavior
		allowed  int
		status   int
		code     string
	}{
		{"by default the 51st", Behavior{}, 50, 429, "Rejected.Throttling"},
		{"with the code of a quota", Behavior{RotationsPerHour: 3, RotationsLimitCode: "Rejected.LimitExceeded"}, 3, 400, "Rejected.LimitExceeded"},
		{"never without a limit", Behavior{RotationsPerHour: -1}, 60, 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			for i := range tt.allowed {
				if got := c.rotate(fmt.Sprint("n", i)); got.status != 200 {
					t.Fatalf("call %d answered %d %s, want 200", i+1, got.status, got.text)
				}
			}
			got := c.rotate("one-more")
			if got.status != tt.status || got.code() != tt.code {
				t.Errorf("the next call answered %d %s, want %d %s", got.status, got.text, tt.status, tt.code)
			}
			if n := len(k.Rotations(secretName)); tt.status != 200 && n != tt.allowed {
				t.Errorf("%d rotations, want %d: a refused call rotated", n, tt.allowed)
			}
		})
	}
}

// A sweep that reads side by side has to meet the limit per second in its tests.
func TestRequestsPerSecondAreBounded(t *testing.T) {
	_, c, clock := serveKMS(t, Options{Behavior: Behavior{RequestsPerSecond: 2}})
	describe := func() int { return c.call("DescribeSecret", "SecretName", secretName).status }
	got := []int{describe(), describe(), describe()}
	clock.advance(time.Second)
	got = append(got, describe())
	if want := "[200 200 429 200]"; fmt.Sprint(got) != want {
		t.Errorf("answered %v, want %s", got, want)
	}
}
