// Package standin is Key Management Service as its documents describe it, with CloudMonitor's alert rules, history and
// custom events beside it, for tests and for trying the function out.
//
//	function ─ internal/alicloud ─ HTTP ─ standin: signature → fault → permission, quota → action → answer
//
// Every call is authenticated, rotations run asynchronously, and quotas, tags and the deletion window behave as in the
// API reference of version 2016-01-20 (help.aliyun.com/zh/kms/key-management-service/developer-reference). CloudMonitor's
// is of version 2019-01-01 (help.aliyun.com/zh/cms/cloudmonitor-1-0/developer-reference); its rules are stored, but a test
// that wants an event delivered takes it and hands it on. Where the documents are silent or disagree, Behavior has a
// switch, and a client has to be right with the switch in either position. A Fault is what goes wrong between the client
// and the service.
//
// The package has no goroutine and no timer of its own: each access first applies all work whose time has come, so that
// it works with any clock, a testing/synctest bubble included.
package standin
