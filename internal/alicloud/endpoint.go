package alicloud

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
)

const (
	// defaultKMSEndpoint is the public address; kms-vpc.{region}.aliyuncs.com is the one inside a VPC. KMS takes HTTPS only:
	// https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-endpoint
	defaultKMSEndpoint = "https://kms.{region}.aliyuncs.com"
	// defaultCloudMonitorEndpoint is the public address. Documents disagree on the one inside a VPC:
	// https://www.alibabacloud.com/help/en/cms/developer-reference/request-methods
	defaultCloudMonitorEndpoint = "https://metrics.{region}.aliyuncs.com"

	placeholder = "{region}"

	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

var (
	errEndpoint = errors.New("want https://HOST or https://HOST:PORT and nothing after it; {region} may stand in HOST")
	errPlain    = errors.New("want https: plain http is for a loopback address only, such as http://127.0.0.1:8080")
)

// endpoint is where a service is reached. In a template host may hold {region}; in a target it never does.
type endpoint struct {
	scheme string // https or http, in lower case
	host   string // with the port, if any
}

// CheckEndpoint says what is wrong with an endpoint template.
func CheckEndpoint(template string) error {
	_, err := parseEndpoint(template)
	return err
}

func parseEndpoint(template string) (endpoint, error) {
	_, rest, _ := strings.Cut(template, "://")
	host := strings.TrimSuffix(rest, "/")
	u, err := url.Parse(strings.ReplaceAll(template, placeholder, "xx-region"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return endpoint{}, errEndpoint
	}
	// The parsed host has to be the written one: no user, path, query, fragment or escape is left over.
	if u.Host != strings.ReplaceAll(host, placeholder, "xx-region") || !isHost(u.Hostname()) || !isPort(u) {
		return endpoint{}, errEndpoint
	}
	if address, err := netip.ParseAddr(u.Hostname()); u.Scheme == "http" && (err != nil || !address.IsLoopback()) {
		return endpoint{}, errPlain
	}
	return endpoint{scheme: u.Scheme, host: host}, nil
}

// target fills in the region, after checking it.
func (e endpoint) target(region string) (endpoint, error) {
	if err := events.CheckRegion(region); err != nil {
		return endpoint{}, err
	}
	return endpoint{scheme: e.scheme, host: strings.ReplaceAll(e.host, placeholder, region)}, nil
}

func isHost(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label || !only(label, lower+upper+digits+"-") {
			return false
		}
	}
	return len(name) <= 253
}

func isPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

// only reports whether s is made of the characters of set.
func only(s, set string) bool { return strings.Trim(s, set) == "" }
