package doctor

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/deployment"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// setup is s.yaml and the settings, as the function has them.
type setup struct {
	function *deployment.Function // nil without s.yaml
	settings config.Settings
	scope    remediation.Scope
	checks   []Check
}

// readSetup reads s.yaml of this folder. The environment goes before it, so that a part of the secrets can be examined.
func readSetup(regions, environ []string) setup {
	var s setup
	d, err := deployment.Read(deployment.File, os.Getenv)
	switch {
	case errors.Is(err, deployment.ErrNoFile):
		s.checks = append(s.checks, Check{deployment.File, NotChecked, "", "no s.yaml in this folder", "run doctor in the folder that is deployed"})
	case err != nil:
		s.checks = append(s.checks, Check{deployment.File, Finding, "", err.Error(), "see s.yaml of this repository"})
	default:
		s.function = d.Functions[0]
		s.checks = append(s.checks, checkDeployment(d)...)
	}
	s.readSettings(environ)
	s.scope = s.settings.Policy("", "").Scope
	s.scope.Regions = regions
	s.checks = append(s.checks, s.checkRegions(regions)...)
	return s
}

// scopeSettings say what is examined.
var scopeSettings = []string{"SECRET_TYPES", "SECRET_ALLOW", "SECRET_DENY", "REGIONS", "OVERDUE_AFTER"}

// readSettings reads those of s.yaml with those of the environment before them. Without s.yaml there is no mode, which
// says nothing about the scope.
func (s *setup) readSettings(environ []string) {
	merged := []string{config.ModeVariable + "=" + string(config.Observe)}
	if s.function != nil {
		merged = s.function.Environ()
	}
	deployed, deployedErr := config.Load(merged)
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if slices.Contains(scopeSettings, name) && value != "" {
			merged = append(merged, pair)
		}
	}
	var err error
	s.settings, err = config.Load(merged)
	if err != nil && (deployedErr == nil || err.Error() != deployedErr.Error()) {
		s.checks = append(s.checks, Check{"settings", Finding, "", err.Error(), "set them right where the function is deployed, or unset them in this shell"})
	}
	if err != nil && s.function == nil {
		s.settings = deployed
	}
}

// checkDeployment is what is wrong with s.yaml, and two things worth knowing of one that is right.
func checkDeployment(d *deployment.Deployment) []Check {
	var checks []Check
	for _, found := range d.Findings() {
		check := Check{deployment.File, Finding, "", strings.TrimSpace(found.Where + " " + found.What), "want " + found.Want}
		switch {
		case found.Note:
			check.State, check.Remedy = OK, ""
		case found.Want == "":
			check.Remedy = "see the settings in README"
		}
		checks = append(checks, check)
	}
	f := d.Functions[0]
	if n := len(d.Functions); n > 1 {
		checks = append(checks, Check{"functions", Finding, "", fmt.Sprintf("s.yaml deploys %d functions that remediate: on one secret they would undo each other's records", n),
			"keep their regions or SECRET_ALLOW and SECRET_DENY apart, and run doctor for each; this one is about " + f.Resource})
	}
	for where, value := range map[string]string{"props.role": f.Role, "props.asyncInvokeConfig": f.FailureQueue()} {
		if strings.Contains(value, "${") {
			checks = append(checks, Check{deployment.File, Unknown, "", where + " has a variable that only Serverless Devs fills in", "read it with s preview"})
		}
	}
	return append(checks, checkMode(f), checkReports(f))
}

func checkMode(f *deployment.Function) Check {
	if f.Environment[config.ModeVariable] == string(config.Observe) {
		return Check{"mode", Finding, "", "with the environment of this shell it observes: it reports failed rotations and retries none",
			"s info shows what is deployed; once its results are as expected: REMEDIATION_MODE=act s deploy"}
	}
	return Check{"mode", OK, "", "acts: it retries failed rotations", ""} // another value is a finding of the settings
}

// checkReports is no finding: an alert on the log, which cannot be seen from here, does as well.
func checkReports(f *deployment.Function) Check {
	what := "no custom events: outcomes are in the log only; set REPORT_CUSTOM_EVENTS=true, or an alert on message.level: ERROR"
	if settings, _ := f.Settings(); settings.ReportCustomEvents {
		what = "important outcomes become custom events; alert-rules apply --reports sends them to people"
	}
	return Check{"reports", OK, "", what, ""}
}

// checkRegions compares the regions that are examined with those of the function.
func (s setup) checkRegions(examined []string) []Check {
	own := s.settings.Regions
	if len(own) == 0 {
		return nil
	}
	var checks []Check
	for _, region := range examined {
		if !slices.Contains(own, region) {
			checks = append(checks, Check{"regions", Finding, region, region + " is examined here, and the function is for " + strings.Join(own, ", "), "set REGIONS, or deploy a function there"})
		}
	}
	for _, region := range own {
		if !slices.Contains(examined, region) {
			checks = append(checks, Check{"regions", NotChecked, "", "the function is for " + region + " too, which is not examined", "add --region " + region})
		}
	}
	return checks
}
