package deployment

import (
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
)

// reserve is what an invocation needs beside verifying: the reads before it, the claim, RotateSecret, and the closing calls.
const reserve = 5 * time.Second

// Settings are those that the function would read, by its own loader.
func (f *Function) Settings() (config.Settings, error) { return config.Load(f.Environ()) }

func (f *Function) interval() time.Duration {
	settings, _ := f.Settings()
	return settings.SweepInterval
}

func (f *Function) checkSettings(all *findings) {
	const where = "props.environmentVariables"
	settings, err := f.Settings()
	if err != nil {
		all.when(true, where, "", "would stop the start: %v", err)
	}
	timeout := time.Duration(f.Timeout) * time.Second
	all.when(settings.VerifyWait > 0 && settings.VerifyWait+reserve > timeout, where+".VERIFY_WAIT", "at most "+(timeout-reserve).String()+", or a larger timeout",
		"is %s, and timeout %s: an invocation needs %s beside it", settings.VerifyWait, timeout, reserve)
	all.note(len(settings.Regions) > 0 && f.Region != "" && !slices.Contains(settings.Regions, f.Region), where+".REGIONS",
		"does not have %s, where the function runs: events of that region are skipped", f.Region)
	for _, endpoint := range []string{settings.KMSEndpoint, settings.CloudMonitorEndpoint} {
		all.when(strings.Contains(endpoint, "//kms-vpc.") && f.VPC.IsZero(), "props.vpcConfig", "one, or the public endpoint", "is missing, and KMS_ENDPOINT is inside a VPC")
	}
	for name := range f.Environment {
		_, known := config.Lookup(name)
		all.when(!known, where+"."+name, "a variable of README, \"Settings\"", "is one that the function does not read")
	}
}

// Shown is how the value of a setting is printed, empty for one that is not set or has its default. The callback's token
// is never printed.
func Shown(name, value string) string {
	setting, known := config.Lookup(name)
	switch {
	case value == "", known && value == setting.Default:
		return ""
	case !known, name == config.TokenVariable:
		return "(set, not shown)"
	}
	return value
}
