package standin

import "net/http"

// service is one of the two that a stand-in serves at the same address. No action occurs in both, so that the action
// says which one is meant.
type service struct {
	version    string
	actions    string // how its RAM actions begin
	permission *refusal
}

var (
	keyManagement = &service{version: "2016-01-20", actions: "kms:", permission: errPermission}
	cloudMonitor  = &service{version: "2019-01-01", actions: "cms:", permission: &refusal{
		http.StatusForbidden, "AccessForbidden", "User not authorized to operate on the specified resource.",
	}}
)

func serviceOf(action string) *service {
	if action == "DescribeSystemEventAttribute" {
		return cloudMonitor
	}
	return keyManagement
}
