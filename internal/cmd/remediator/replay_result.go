package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// personal are the outcomes that need a person.
var personal = map[remediation.Outcome]bool{remediation.NeedsHuman: true, remediation.Overdue: true}

// showInvocation prints what the platform would get back, and says what came of it.
func showInvocation(told *console, r localrun.Result) error {
	if err := showResult(told, r.Answer); err != nil {
		return err
	}
	if r.ErrorType != "" {
		return fmt.Errorf("the invocation failed with errorType %s: the platform would try it again, and then keep it in the failure destination", r.ErrorType)
	}
	return verdictOf(r.Answer)
}

func showResult(told *console, result []byte) error {
	if json.Valid(result) {
		return told.value(json.RawMessage(result))
	}
	return told.value(string(result))
}

// verdictOf looks at the outcomes. The answer to an HTTP trigger has them in its body, and a status beside it.
func verdictOf(result []byte) error {
	var report struct {
		Results    []struct{ Outcome remediation.Outcome }
		StatusCode int
		Body       string
	}
	if json.Unmarshal(result, &report) != nil {
		return nil
	}
	if report.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("the function refused the request with HTTP status %d", report.StatusCode)
	}
	if report.StatusCode != 0 {
		return verdictOf([]byte(report.Body))
	}
	for _, one := range report.Results {
		if personal[one.Outcome] {
			return errPerson
		}
	}
	return nil
}
