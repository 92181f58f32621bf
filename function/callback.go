package main

import (
	"context"
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

// callback serves the URL callback of an alert rule or a push channel. The address of an HTTP trigger is open to everybody
// and CloudMonitor signs nothing, so the token comes first: without it no request learns more than 403, and nothing of it
// is decoded.
// https://www.alibabacloud.com/help/en/cms/cloudmonitor-1-0/user-guide/configure-callbacks-for-system-event-triggered-alerts
func (h *handler) callback(ctx context.Context, in invocation, payload []byte, request *events.Request) (any, error) {
	in.overHTTP = true
	switch {
	case h.settings.CallbackToken == "":
		return h.refuse(in, http.StatusForbidden, config.TokenVariable+" is not set, so callbacks are off"), nil
	case !sameToken(h.settings.CallbackToken, tokenOf(request)):
		return h.refuse(in, http.StatusForbidden, "the token is missing or wrong"), nil
	case request.Method != "" && request.Method != http.MethodGet && request.Method != http.MethodPost:
		return h.refuse(in, http.StatusMethodNotAllowed, "want GET or POST"), nil
	}
	items := request.Decode()
	if err := items[0].Err; errors.Is(err, events.ErrTooLarge) {
		return h.refuse(in, http.StatusRequestEntityTooLarge, err.Error()), nil
	}
	r := h.handle(ctx, in, payload, items)
	if hasPanicked(r) {
		return answerOf(r) // a panic is never a success, not even of the invocation that says so
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return respond(statusOf(r), string(body)), nil
}

// refuse turns a request away. The sender learns the status only; the reason is for the log.
func (h *handler) refuse(in invocation, status int, reason string) response {
	h.log.refusal(h.newReport(in), status, reason)
	r := respond(status, `{"error":"`+strings.ToLower(http.StatusText(status))+`"}`)
	if status == http.StatusMethodNotAllowed {
		r.Headers["Allow"] = http.MethodGet + ", " + http.MethodPost
	}
	return r
}

func respond(status int, body string) response {
	return response{StatusCode: status, Headers: map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	}, Body: body}
}

// statusOf says to CloudMonitor, which tries a callback three times more, whether that could help: it does if one of the
// events could not be decided, whatever is wrong with the others.
func statusOf(r report.Report) int {
	worst := http.StatusOK
	for _, one := range r.Results {
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

func hasPanicked(r report.Report) bool {
	return r.ErrorType == report.Panic || slices.ContainsFunc(r.Results, func(one report.Result) bool { return one.ErrorType == report.Panic })
}

// tokenOf returns the token of a request: a push channel can be given a header, an alert rule only an address.
func tokenOf(request *events.Request) string {
	if scheme, token, _ := strings.Cut(request.Header["authorization"], " "); strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return request.Query["token"]
}

// sameToken compares in a time that does not depend on either.
func sameToken(want config.Token, got string) bool {
	ours, theirs := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(got))
	return want != "" && subtle.ConstantTimeCompare(ours[:], theirs[:]) == 1
}
