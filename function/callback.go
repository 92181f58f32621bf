package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// response is what an HTTP trigger makes an HTTP answer of.
// https://www.alibabacloud.com/help/en/functioncompute/fc/http-trigger-overview
type response struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

// callback serves the URL callback of an alert rule. The address of an HTTP trigger is open to everybody and CloudMonitor
// signs nothing, so the token is all that tells it apart: without one in the settings nobody comes in.
// https://www.alibabacloud.com/help/en/cms/cloudmonitor-1-0/user-guide/configure-callbacks-for-system-event-triggered-alerts
func (i *invocation) callback(payload []byte, request *events.Request) (any, error) {
	i.overHTTP = true
	switch {
	// The page offers GET too, and no document says how an event travels in it.
	case request.Method != http.MethodPost && request.Method != "":
		return i.refuse(http.StatusMethodNotAllowed, "want POST"), nil
	case i.settings.CallbackToken == "":
		return i.refuse(http.StatusForbidden, "HTTP_CALLBACK_TOKEN is not set, so callbacks are off"), nil
	case !sameToken(i.settings.CallbackToken, tokenOf(request)):
		return i.refuse(http.StatusForbidden, "the token is missing or wrong"), nil
	}
	items := request.Decode()
	if err := items[0].Err; errors.Is(err, events.ErrTooLarge) {
		return i.refuse(http.StatusRequestEntityTooLarge, err.Error()), nil
	}
	i.handle(payload, items)
	if i.hasPanicked() {
		return i.answer() // a panic is never a success, not even of the invocation that says so
	}
	body, err := json.Marshal(i.report)
	if err != nil {
		return nil, err
	}
	return respond(i.status(), string(body)), nil
}

// refuse turns a request away. Whoever knocks is told the status only; the reason is for the log.
func (i *invocation) refuse(status int, reason string) response {
	i.log.refuse(i.report, status, reason)
	r := respond(status, `{"error":"`+strings.ToLower(http.StatusText(status))+`"}`)
	if status == http.StatusMethodNotAllowed {
		r.Headers["Allow"] = http.MethodPost
	}
	return r
}

func respond(status int, body string) response {
	return response{StatusCode: status, Headers: map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	}, Body: body}
}

// status says to CloudMonitor, which tries a callback three times more, whether that could help: it does if one of the
// events could not be decided, whatever is wrong with the others.
func (i *invocation) status() int {
	worst := http.StatusOK
	for _, one := range i.report.Results {
		switch one.ErrorType {
		case string(remediation.Rejected):
			worst = max(worst, http.StatusBadRequest)
		case string(remediation.NeedsHuman):
			worst = max(worst, http.StatusInternalServerError)
		case string(remediation.Undecided):
			worst = max(worst, http.StatusServiceUnavailable)
		}
	}
	return worst
}

func (i *invocation) hasPanicked() bool {
	return i.failure == report.Panic || slices.ContainsFunc(i.report.Results, func(r report.Result) bool { return r.ErrorType == report.Panic })
}

// tokenOf returns what a request carries: CloudMonitor can only be given an address, others send it as a header.
func tokenOf(request *events.Request) string {
	if token, ok := strings.CutPrefix(request.Header["authorization"], "Bearer "); ok {
		return token
	}
	return request.Query["token"]
}

// sameToken compares in a time that does not depend on either.
func sameToken(want config.Token, got string) bool {
	ours, theirs := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(got))
	return want != "" && subtle.ConstantTimeCompare(ours[:], theirs[:]) == 1
}
