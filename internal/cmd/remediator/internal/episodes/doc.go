// Package episodes shows the records on the secrets, and has a failed episode tried again.
//
//	status: ListTagResources → Row → DescribeSecret for the instance → table or JSON, with the remedies to paste
//	retry:  DescribeSecret, ListSecretVersionIds → remediation.Reopen → plan → consent → TagResource
//
// Neither rotates anything: only the function calls RotateSecret. remedy.go words the commands that repair.
package episodes
