// Package alicloud makes the calls to Alibaba Cloud, and is the only importer of alibaba-cloud-sdk-go.
//
//	remediation.KMS          → KMS          (kms)                         ┐
//	remediation.CloudMonitor → CloudMonitor (events, customevents, rules, ├→ caller: sign → send → response → CallError (classify)
//	                                         targets)                     ┘
//
// The SDK gives a request its fields and its signature, and that is all it is trusted with: its client would send the
// token in clear by default, follow redirects with it, read bodies without bound, panic on an error code that is a
// number, print the signed address in its errors, know no context, and race. Here net/http sends, over the one transport
// of the process, to the checked endpoint alone, once. Nothing that the SDK says is repeated.
//
// Beside the two ports, CloudMonitor has the calls of the operator's commands: rules, their targets, the history, test
// events and custom events. It can refuse, or take a part of what was sent, with HTTP status 200: either is an error.
// Answers are read tolerantly: a member that decides nothing may have any type, and one that decides is named if it cannot
// be read.
//
// Signature: https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
// RotateSecret: https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-rotatesecret
// Event rules: https://www.alibabacloud.com/help/ja/cms/cloudmonitor-1-0/developer-reference/api-cms-2019-01-01-puteventrule
// Their targets: https://alibabacloud.com/help/en/cms/developer-reference/api-cms-2019-01-01-puteventruletargets
package alicloud
