package alicloud

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	childAddress = "ALICLOUD_TEST_CHILD_ADDRESS" // set: the test binary makes one call there instead of testing
	childLeaves  = "ALICLOUD_TEST_CHILD_LEAVES"  // set: it does not restart before
)

// child does what a main function does, and prints what became of it.
func child() int {
	if os.Getenv(childLeaves) == "" {
		if err := RestartWithoutSDKDebug(); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	client, err := New(Options{KMSEndpoint: os.Getenv(childAddress)})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	debug, set := os.LookupEnv("DEBUG")
	fmt.Printf("DEBUG=%q %t args=%d call: %v\n", debug, set, len(os.Args), rotate(ctx, client.KMS(region, canaries)))
	return 0
}

func runChild(t *testing.T, env ...string) string {
	t.Helper()
	command := exec.Command(os.Args[0], "one", "two")
	command.Env = append(os.Environ(), env...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return string(output)
}

// DEBUG=sdk is a habit of those who look for a fault; it would write the token of the function into its log.
func TestDebuggingTheSDKPrintsNothing(t *testing.T) {
	server := newRecorder(t)
	address := childAddress + "=" + server.address
	for value, want := range map[string]string{
		"sdk": `""`, "sdk,": `""`, "app,sdk": `"app"`, "sdk,app,sdk,x": `"app,x"`, "app": `"app"`, "mysdk,SDK": `"mysdk,SDK"`, "": `""`,
	} {
		output := runChild(t, address, "DEBUG="+value)
		checkNoCanary(t, "the output with DEBUG="+value, output)
		if want := "DEBUG=" + want + " true args=3 call: <nil>\n"; output != want {
			t.Errorf("DEBUG=%q: got output %q, want %q", value, output, want)
		}
	}
	if got := len(server.calls()); got != 7 {
		t.Errorf("%d calls by 7 processes", got)
	}
	// Without the restart it does print: else the test above proves nothing.
	if output := runChild(t, address, "DEBUG=sdk", childLeaves+"=1"); !strings.Contains(output, "Signature=") {
		t.Errorf("the SDK printed no signature under DEBUG=sdk: %q", output)
	}
}

// Where only approved cryptography is allowed, the SDK panics while it signs; that must end the call, not the process.
func TestAPanicInStrictFIPSModeIsARefusal(t *testing.T) {
	server := newRecorder(t)
	output := runChild(t, childAddress+"="+server.address, "GODEBUG=fips140=only")
	if !strings.Contains(output, "call: RotateSecret: refused\n") {
		t.Errorf("got %q, want a refusal", output)
	}
	if got := len(server.calls()); got != 0 {
		t.Errorf("%d calls, want none", got)
	}
}
