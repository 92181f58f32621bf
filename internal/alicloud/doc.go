// Package alicloud makes the calls to Alibaba Cloud, and is the only importer of alibaba-cloud-sdk-go.
//
//	remediation.KMS          → KMS          ┐
//	remediation.CloudMonitor → CloudMonitor ┴→ caller (a fresh SDK client signs) → exchange (guards, sends, reads) → answer → CallError
//
// The SDK builds and signs a request, and that is all it is trusted with. Left to itself it sends the token in clear by
// default, follows redirects with it, reads bodies without bound, panics on an error code that is a number, prints the
// signed address in its errors, knows no context and is not safe for concurrent use. So each call has a client, a
// request and an exchange of its own; the exchange sends over the one transport of the process, keeps the answer for
// itself and hands the SDK an empty one. What the SDK says about a call is never read.
//
// Beside the two ports, CloudMonitor has the calls of the operator's commands: rules, their targets, the history, test
// events and custom events. It can refuse, or take a part of what was sent, with HTTP status 200: either is an error.
//
// Signature: https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
// RotateSecret: https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-rotatesecret
// Event rules: https://www.alibabacloud.com/help/ja/cms/cloudmonitor-1-0/developer-reference/api-cms-2019-01-01-puteventrule
// Their targets: https://alibabacloud.com/help/en/cms/developer-reference/api-cms-2019-01-01-puteventruletargets
package alicloud
