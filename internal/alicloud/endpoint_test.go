package alicloud

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A person who can put a host of their own into an endpoint receives the signed address with its token.
func TestAnEndpointIsAHostAndNothingElse(t *testing.T) {
	for _, good := range []string{
		"https://kms.{region}.aliyuncs.com", "https://kms-vpc.{region}.aliyuncs.com/", "https://kms.cn-hangzhou.aliyuncs.com:8443",
		"https://192.0.2.1", "https://[2001:db8::1]:443", "http://127.0.0.1:8080", "http://[::1]:8080", "HTTPS://KMS.example.com",
	} {
		if err := CheckEndpoint(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "kms.aliyuncs.com", "//kms.aliyuncs.com", "https://", "https:///", "ftp://kms.aliyuncs.com", "https:kms.aliyuncs.com",
		"https://user@kms.aliyuncs.com", "https://user:password@kms.aliyuncs.com", "https://kms.aliyuncs.com@evil.example",
		"https://kms.aliyuncs.com/path", "https://kms.aliyuncs.com//", "https://kms.aliyuncs.com?", "https://kms.aliyuncs.com?a=b",
		"https://kms.aliyuncs.com#", "https://kms.aliyuncs.com/#x", "https://kms.aliyuncs.com/{region}", "https://kms.aliyuncs.com:{region}",
		"https://kms.aliyuncs.com?{region}", "{region}://kms.aliyuncs.com", "https://{region}@kms.aliyuncs.com",
		"https://kms.{Region}.aliyuncs.com", "https://kms.{}.aliyuncs.com", "https://kms.{region.aliyuncs.com",
		"https://kms..aliyuncs.com", "https://-kms.aliyuncs.com", "https://kms.aliyuncs.com.", "https://kms_x.aliyuncs.com",
		"https://kms.aliyuncs.com:", "https://kms.aliyuncs.com:0", "https://kms.aliyuncs.com:65536", "https://kms.aliyuncs.com:a",
		"https://kms.aliyuncs.com\n", " https://kms.aliyuncs.com", "https://kms .aliyuncs.com", "https://kms.aliyuncs.com\x00",
		"https://k%6ds.aliyuncs.com", "https://kms.aliyuncs.com%2fx", "https://kms.hàngzhou.com", `https://kms.aliyuncs.com\@evil.example`,
		"https://[fe80::1%25eth0]", "https://" + strings.Repeat("a", 64) + ".com", "https://" + strings.Repeat("a.", 130) + "com",
	} {
		if err := CheckEndpoint(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
		if _, err := New(Options{KMSEndpoint: bad}); err == nil && bad != "" {
			t.Errorf("New took the endpoint %q", bad)
		}
	}
}

// Plain http shows the token to everybody on the way; a name that resolves to loopback today may not do so tomorrow.
func TestPlainHTTPIsForALoopbackAddressOnly(t *testing.T) {
	for _, bad := range []string{
		"http://kms.{region}.aliyuncs.com", "http://192.0.2.1", "http://localhost:8080", "http://127.0.0.1.evil.example",
		"http://0.0.0.0", "http://{region}", "http://[2001:db8::1]", "HTTP://kms.example.com",
	} {
		if err := CheckEndpoint(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// The region becomes part of the host, so one that is made up could name any host.
func TestARegionIsLowerCaseWords(t *testing.T) {
	for _, good := range []string{"cn-hangzhou", "cn-hangzhou-finance", "ap-southeast-1", "cn-beijing-finance-1"} {
		if err := events.CheckRegion(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	hits := 0
	client := newClient(t, serve(t, func(http.ResponseWriter, *http.Request) { hits++ }))
	for _, bad := range []string{
		"", "-", "cn", "cn-", "-hangzhou", "cn--hangzhou", "cn-hangzhou-", "c-hangzhou", "cnn-hangzhou", "CN-hangzhou", "cn-Hangzhou",
		"cn-hangzhou.evil.example/", "@evil", "a@evil.example", "cn-hangzhou#", "cn-hangzhou?x", "cn-hangzhou:80", "cn-hàngzhou",
		"cn-hangzhou\n", "cn-hangzhou\x00", " cn-hangzhou", "cn-hang zhou", "../", "cn_hangzhou", "c1-hangzhou", "{region}",
		"cn-" + strings.Repeat("a", 30),
	} {
		if err := events.CheckRegion(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
		checkClass(t, rotate(t.Context(), client.KMS(bad, canaries)), remediation.Refused)
	}
	if hits != 0 {
		t.Errorf("%d calls were made for a region that is none, want 0", hits)
	}
}

func TestTheRegionIsFilledIn(t *testing.T) {
	target := newClient(t, "https://kms-vpc.{region}.example.com:8443/").KMS(region, canaries).target
	if want := (endpoint{"https", "kms-vpc.cn-hangzhou.example.com:8443"}); target != want {
		t.Errorf("got %v, want %v", target, want)
	}
}
