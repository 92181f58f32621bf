package deployment

import (
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
)

// checked are all policies that somebody attaches.
var checked = []policy.Policy{policy.Function, policy.Platform, policy.CloudMonitor, policy.Topic, policy.Operator, policy.Repair, policy.Deployer}

// checkPolicies compares the policies that are attached for this function with what is called, and with the names in
// s.yaml. A name that differs is a note: the policy that is attached may have been changed.
func (f *Function) checkPolicies(all *findings) {
	for _, p := range checked {
		checkGrants(all, p.File, p.Actions())
	}
	const before = "and s.yaml has %s: change it there before it is attached"
	file := func(p policy.Policy) string { return "internal/policy/" + p.File }
	differs := func(p policy.Policy, what, value, end string) {
		all.note(value != "" && !strings.Contains(value, unrendered) && !p.Names(end), file(p), "is for another "+what+", "+before, value)
	}
	_, queue, _ := strings.Cut(f.FailureQueue(), ":/queues/")
	differs(policy.Platform, "failure queue", queue, "/queues/"+queue)
	differs(policy.Platform, "logstore", f.Log.Project+"/"+f.Log.Store, "project/"+f.Log.Project+"/logstore/"+f.Log.Store)
	differs(policy.Deployer, "function", f.Name, "functions/"+f.Name)
	role := strings.TrimPrefix(f.Role[strings.LastIndex(f.Role, ":")+1:], "role/")
	differs(policy.Deployer, "role", role, "role/"+role)
	settings, _ := f.Settings()
	beyond := slices.DeleteFunc(slices.Clone(settings.Types), func(t string) bool { return t == "ECS" })
	all.note(len(beyond) > 0, file(policy.Function), "is for ECS secrets, and SECRET_TYPES has %s: widen its first statement to their names", strings.Join(beyond, ", "))
}

// checkGrants refuses a policy that lacks a call, and one that grants more than is called.
func checkGrants(all *findings, file string, granted []string) {
	lacking, unneeded := policy.Differs(file, granted)
	all.when(len(lacking) > 0, "internal/policy/"+file, "each call granted", "lacks %s", strings.Join(lacking, ", "))
	all.when(len(unneeded) > 0, "internal/policy/"+file, "no right that nothing needs", "grants %s", strings.Join(unneeded, ", "))
}
