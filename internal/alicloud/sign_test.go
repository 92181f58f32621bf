package alicloud

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// The signed address, token included, goes to the host of the checked endpoint alone; the SDK's request cannot change it.
func TestOnlyTheExpectedAddressIsSentTo(t *testing.T) {
	rows := []struct {
		name   string
		change func(*kms.RotateSecretRequest)
	}{
		{"another host", func(r *kms.RotateSecretRequest) { r.Domain = "evil.example" }},
		{"another host behind a user", func(r *kms.RotateSecretRequest) { r.Domain = "kms.cn-hangzhou.aliyuncs.com@evil.example" }},
		{"a port more", func(r *kms.RotateSecretRequest) { r.Port = "8443" }},
		{"plain http", func(r *kms.RotateSecretRequest) { r.Scheme = "http" }},
		{"a region that is a host", func(r *kms.RotateSecretRequest) { r.RegionId = "@evil.example/" }},
		{"another name in the header", func(r *kms.RotateSecretRequest) { r.Headers["Host"] = "evil.example" }},
		{"a path and a fragment in a name", func(r *kms.RotateSecretRequest) { r.SecretName = "/x#y?z@evil.example" }},
	}
	k := newClient(t, "").KMS(region, canaries)
	for _, row := range rows {
		request := kms.CreateRotateSecretRequest()
		row.change(request)
		got, err := k.sign(t.Context(), request)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		u := got.URL
		if u.Scheme != "https" || u.Host != "kms.cn-hangzhou.aliyuncs.com" || got.Host != u.Host || u.Path != "/" || u.User != nil ||
			u.Fragment != "" || u.Opaque != "" || got.Method != http.MethodPost || u.Query().Get("RegionId") != region {
			t.Errorf("%s: it would go to %s %s://%s%s (%s)", row.name, got.Method, u.Scheme, u.Host, u.Path, got.Host)
		}
	}
}

// A GET is sent again by the transport when a connection breaks, and could rotate twice.
func TestOnlyAPOSTIsSigned(t *testing.T) {
	server := newRecorder(t)
	k := newKMS(t, server.address)
	request := kms.CreateRotateSecretRequest()
	request.Method = requests.GET
	_, err := k.call(t.Context(), request, nil)
	checkClass(t, err, remediation.Refused)
	roa := &requests.RoaRequest{}
	roa.InitWithApiInfo("Kms", "2016-01-20", "RotateSecret", "/x", "kms", "openAPI")
	roa.Method = requests.POST
	_, err = k.call(t.Context(), roa, nil)
	checkClass(t, err, remediation.Refused)
	if calls := server.calls(); len(calls) != 0 {
		t.Errorf("%d calls were made, want none", len(calls))
	}
}

// The SDK has panics of its own, and errors that hold what is signed.
func TestAPanicOfTheSDKIsAnError(t *testing.T) {
	server := newRecorder(t)
	k := newKMS(t, server.address)
	_, err := k.call(t.Context(), &panickyRequest{kms.CreateRotateSecretRequest().RpcRequest}, nil)
	checkClass(t, err, remediation.Refused)
	if calls := server.calls(); len(calls) != 0 {
		t.Errorf("%d calls were made, want none", len(calls))
	}
}

type panickyRequest struct{ *requests.RpcRequest }

func (*panickyRequest) GetStyle() string { panic(canaries.AccessKeyID) }

// childAddress makes the test binary one call to that address; childSDK has the SDK make it instead.
const (
	childAddress = "ALICLOUD_TEST_CHILD_ADDRESS"
	childSDK     = "ALICLOUD_TEST_CHILD_SDK"
)

// child makes one call, and prints what became of it.
func child() int {
	if os.Getenv(childSDK) != "" {
		callWithTheSDK()
		return 0
	}
	client, err := New(Options{KMSEndpoint: os.Getenv(childAddress)})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Printf("call: %v\n", rotate(ctx, client.KMS(region, canaries)))
	return 0
}

// callWithTheSDK makes the same call as a user of the SDK would.
func callWithTheSDK() {
	client, err := kms.NewClientWithOptions(region, sdk.NewConfig(), credentials.NewStsTokenCredential(
		canaries.AccessKeyID, canaries.AccessKeySecret, canaries.SecurityToken))
	if err != nil {
		fmt.Println(err)
		return
	}
	address, _ := url.Parse(os.Getenv(childAddress))
	request := kms.CreateRotateSecretRequest()
	request.Domain, request.SecretName, request.VersionId = address.Host, secretName, versionID
	_, _ = client.RotateSecret(request)
}

func runChild(t *testing.T, env ...string) string {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), env...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return string(output)
}

// DEBUG=sdk is a habit of those who search for a fault; it would write the token of the function into its log.
func TestDebuggingTheSDKPrintsNothing(t *testing.T) {
	server := newRecorder(t)
	address := childAddress + "=" + server.address
	values := []string{"sdk", "sdk,", "app,sdk", "app", ""}
	for _, value := range values {
		output := runChild(t, address, "DEBUG="+value, "NO_PROXY=(", "HTTP_PROXY=http://user:CanaryKeySecret@ho st:1")
		checkNoCanary(t, "the output with DEBUG="+value, output)
		if want := "call: <nil>\n"; output != want {
			t.Errorf("DEBUG=%q: got output %q, want %q", value, output, want)
		}
	}
	if got := len(server.calls()); got != len(values) {
		t.Errorf("%d calls by %d processes", got, len(values))
	}
	// The SDK's own client does print: else the test above proves nothing.
	if output := runChild(t, address, "DEBUG=sdk", childSDK+"=1"); !strings.Contains(output, "Signature=") {
		t.Errorf("the SDK printed no signature under DEBUG=sdk: %q", output)
	}
}

// Where only approved cryptography is allowed, the SDK panics while it signs; that must end the call, not the process.
func TestAPanicInStrictFIPSModeIsARefusal(t *testing.T) {
	server := newRecorder(t)
	output := runChild(t, childAddress+"="+server.address, "GODEBUG=fips140=only")
	if !strings.Contains(output, "call: RotateSecret was refused\n") {
		t.Errorf("got %q, want a refusal", output)
	}
	if got := len(server.calls()); got != 0 {
		t.Errorf("%d calls, want none", got)
	}
}
