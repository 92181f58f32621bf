package standin

import (
	"fmt"
	"net/http"
	"strconv"
)

// codeThrottling is the documented code of too many requests; it comes with status 429.
const codeThrottling = "Rejected.Throttling"

// refusal is an answer that says no. The codes and messages are those of the KMS pages "Common error codes" and of the
// single operations, as far as they publish them.
type refusal struct {
	status  int
	code    string
	message string
}

var (
	errNotFound     = &refusal{http.StatusNotFound, "Forbidden.ResourceNotFound", "The resource is not found."}
	errDeleteWindow = &refusal{http.StatusConflict, "Rejected.ResourceInDeleteWindow", "The secret is planned to be deleted."}
	errGeneric      = &refusal{http.StatusBadRequest, "UnsupportedOperation", "This action is not supported."}
	errPermission   = &refusal{http.StatusForbidden, "Forbidden.NoPermission", "This operation is forbidden by permission system."}
	errTooFast      = &refusal{http.StatusTooManyRequests, codeThrottling, "QPS Limit Exceeded"}
	errTooManyTags  = &refusal{http.StatusBadRequest, "Rejected.LimitExceeded", "The number of tags exceeds the limit."}
)

func invalidParameter(name string) *refusal {
	return &refusal{http.StatusBadRequest, "InvalidParameter", "The specified parameter is not valid: " + name + "."}
}

func missingParameter(name string) *refusal {
	return &refusal{http.StatusBadRequest, "MissingParameter", "The parameter " + name + " is needed but was not provided."}
}

// errorBody is the documented error answer. HostId comes with every RPC gateway.
type errorBody struct {
	HTTPStatus int    `json:"HttpStatus"`
	Code       string `json:"Code"`
	Message    string `json:"Message"`
	RequestID  string `json:"RequestId"`
	HostID     string `json:"HostId"`
}

// identified is a success body: every one of them carries the request id.
type identified interface{ identify(requestID string) }

type head struct {
	RequestID string `json:"RequestId"`
}

func (h *head) identify(id string) { h.RequestID = id }

// reply is an HTTP answer.
type reply struct {
	status      int
	code        string // the error code in body, for the record
	contentType string
	location    string
	body        []byte
}

const jsonType = "application/json;charset=utf-8"

func (k *KMS) refuse(r *refusal, requestID string) reply {
	return reply{status: r.status, code: r.code, contentType: jsonType, body: mustMarshal(errorBody{
		HTTPStatus: r.status, Code: r.code, Message: r.message, RequestID: requestID,
		HostID: "kms." + k.options.Region + ".aliyuncs.com",
	})}
}

func (r reply) header(h http.Header) {
	if r.contentType != "" {
		h.Set("Content-Type", r.contentType)
	}
	if r.location != "" {
		h.Set("Location", r.location)
	}
	h.Set("Content-Length", strconv.Itoa(len(r.body)))
}

// write sends the reply. Its error is the client's having gone, which is no concern of a server.
func (r reply) write(w http.ResponseWriter) {
	r.header(w.Header())
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body)
}

// requestID has the form of a real one and counts, so that a test can read it.
func requestID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// coded is how CloudMonitor says in the body that it did what was asked, beside the HTTP status.
type coded struct {
	head
	Code    string `json:"Code"`
	Message string `json:"Message"`
}

// success and textSuccess say it once more: some pages document Success as true or false, others as text.
type (
	success struct {
		coded
		Success bool `json:"Success"`
	}
	textSuccess struct {
		coded
		Success string `json:"Success"`
	}
)

func succeeded() coded { return coded{Code: "200", Message: "success"} }

func successTrue() success { return success{succeeded(), true} }

func textSuccessTrue() textSuccess { return textSuccess{succeeded(), "true"} }
